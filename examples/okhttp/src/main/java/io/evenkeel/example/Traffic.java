package io.evenkeel.example;

import io.evenkeel.example.OpenLoop.Due;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** Requests through OkHttp and a balancer: all that an application needs is in the constructor. */
final class Traffic implements OpenLoop.Sender, AutoCloseable {
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(2);

  private final OkHttpClient client;
  private final Request request;
  private final Map<InetSocketAddress, String> ids = new HashMap<>();

  Traffic(Balancer balancer, List<Endpoint> endpoints) throws UnknownHostException {
    client =
        BalancerInterceptor.of(balancer)
            .install(new OkHttpClient.Builder())
            .callTimeout(CALL_TIMEOUT)
            .followRedirects(false)
            .eventListenerFactory(this::listener)
            .build();
    request = new Request.Builder().url("http://" + balancer.name() + "/").build();
    for (Endpoint endpoint : endpoints) {
      for (InetAddress address : InetAddress.getAllByName(endpoint.host())) {
        ids.putIfAbsent(new InetSocketAddress(address, endpoint.port()), endpoint.id());
      }
    }
  }

  @Override
  public void send(Due due) {
    Call call = client.newCall(request.newBuilder().tag(Where.class, new Where()).build());
    call.enqueue(
        new Callback() {
          @Override
          public void onResponse(Call call, Response response) {
            try (response) {
              response.body().bytes();
              end(due, call, response.code() < 500 && response.code() != 429);
            } catch (IOException e) {
              end(due, call, false);
            }
          }

          @Override
          public void onFailure(Call call, IOException e) {
            end(due, call, false);
          }
        });
  }

  private void end(Due due, Call call, boolean success) {
    Where where = call.request().tag(Where.class);
    InetSocketAddress address = where == null ? null : where.address;
    String id = address == null ? null : ids.get(address);
    if (id == null) {
      due.failed();
    } else if (success) {
      due.succeeded(id);
    } else {
      due.failed(id);
    }
  }

  private EventListener listener(Call call) {
    Where where = call.request().tag(Where.class);
    return where == null ? EventListener.NONE : where;
  }

  /** Lets go of connections and threads. */
  @Override
  public void close() {
    client.dispatcher().cancelAll();
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }

  /** Remembers which address a call went to last. */
  private static final class Where extends EventListener {
    volatile @Nullable InetSocketAddress address;

    @Override
    public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
      this.address = address;
    }

    @Override
    public void connectionAcquired(Call call, Connection connection) {
      address = connection.route().socketAddress();
    }
  }
}
