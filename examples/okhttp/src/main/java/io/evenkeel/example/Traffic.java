package io.evenkeel.example;

import io.evenkeel.example.OpenLoop.Due;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.Hedging;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import java.io.IOException;
import java.time.Duration;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** Requests through OkHttp and a balancer. */
final class Traffic implements OpenLoop.Sender, AutoCloseable {
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(2);

  private final OkHttpClient client;
  private final Request request;

  private Traffic(BalancerInterceptor interceptor, String service) {
    client =
        interceptor
            .install(new OkHttpClient.Builder())
            .callTimeout(CALL_TIMEOUT)
            .followRedirects(false)
            .addInterceptor(Traffic::noteEndpoint)
            .build();
    // What is in flight is limited by the load alone: nothing is to wait in a queue in between.
    client.dispatcher().setMaxRequests(OpenLoop.MAX_IN_FLIGHT);
    client.dispatcher().setMaxRequestsPerHost(OpenLoop.MAX_IN_FLIGHT);
    request = new Request.Builder().url("http://" + service + "/").build();
  }

  /**
   * Requests to a balancer.
   *
   * @param calls counts what a failover does; null for none
   */
  static Traffic through(Balancer balancer, @Nullable CallTally calls) {
    if (calls == null) {
      return new Traffic(BalancerInterceptor.of(balancer), balancer.name());
    }
    Failover failover =
        Failover.builder(balancer)
            .deadline(CALL_TIMEOUT)
            .budget(calls.budget)
            .hedging(Hedging.ofDefaults())
            .listener(calls)
            .build();
    return new Traffic(BalancerInterceptor.builder().failover(failover).build(), balancer.name());
  }

  @Override
  public void send(Due due) {
    Exchange exchange = new Exchange(due);
    client.newCall(request.newBuilder().tag(Exchange.class, exchange).build()).enqueue(exchange);
  }

  /** Comes after the balancer's interceptor, so that it knows of an endpoint that is dead, too. */
  private static Response noteEndpoint(Interceptor.Chain chain) throws IOException {
    Request attempt = chain.request();
    Exchange exchange = attempt.tag(Exchange.class);
    if (exchange != null) {
      exchange.endpoint = attempt.tag(Endpoint.class);
    }
    return chain.proceed(attempt);
  }

  /** Lets go of connections and threads. */
  @Override
  public void close() {
    client.dispatcher().cancelAll();
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }

  /** One request, of which two attempts at once may be under way, each on a thread of its own. */
  private static final class Exchange implements Callback {
    private final Due due;

    /** Where it was tried last. */
    private volatile @Nullable Endpoint endpoint;

    Exchange(Due due) {
      this.due = due;
    }

    @Override
    public void onResponse(Call call, Response response) {
      boolean answered = response.code() < 500 && response.code() != 429;
      try (response) {
        response.body().bytes();
      } catch (IOException e) {
        answered = false; // the body was cut short
      }
      // Not where it was tried last: that may be a hedge which was slower.
      end(answered, response.request().tag(Endpoint.class));
    }

    @Override
    public void onFailure(Call call, IOException e) {
      end(false, endpoint);
    }

    private void end(boolean success, @Nullable Endpoint at) {
      if (at == null) {
        due.failed();
      } else if (success) {
        due.succeeded(at.id());
      } else {
        due.failed(at.id());
      }
    }
  }
}
