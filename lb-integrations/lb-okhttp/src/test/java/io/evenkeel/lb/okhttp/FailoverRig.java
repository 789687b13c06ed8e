package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.failover.RetryBudget;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;

/** Servers behind a failover. What they answer goes by the number of the request over all. */
final class FailoverRig implements AutoCloseable {
  static final MockResponse OK = new MockResponse.Builder().body("ok").build();

  final Rig rig;
  final OkHttpClient client;
  final AtomicInteger requests = new AtomicInteger();

  /** How often a body that names itself was received. */
  final ConcurrentHashMap<String, Integer> bodies = new ConcurrentHashMap<>();

  private FailoverRig(
      Rig rig,
      UnaryOperator<FailoverBuilder> failover,
      UnaryOperator<BalancerInterceptor.Builder> interceptor,
      UnaryOperator<OkHttpClient.Builder> settings) {
    this.rig = rig;
    FailoverBuilder builder =
        Failover.builder(rig.orders)
            .deadline(Duration.ofSeconds(30))
            .budget(RetryBudget.unlimited());
    this.client =
        interceptor
            .apply(BalancerInterceptor.builder().failover(failover.apply(builder).build()))
            .build()
            .install(settings.apply(new OkHttpClient.Builder()))
            .build();
  }

  static FailoverRig of(int servers) {
    return of(servers, failover -> failover);
  }

  static FailoverRig of(int servers, UnaryOperator<FailoverBuilder> failover) {
    return of(Rig.of(servers), failover, interceptor -> interceptor, client -> client);
  }

  static FailoverRig of(
      Rig rig,
      UnaryOperator<FailoverBuilder> failover,
      UnaryOperator<BalancerInterceptor.Builder> interceptor,
      UnaryOperator<OkHttpClient.Builder> client) {
    return new FailoverRig(rig, failover, interceptor, client);
  }

  /** The first requests are answered by these, wherever they go; the others well. */
  FailoverRig answers(MockResponse... first) {
    return answers((number, request) -> number <= first.length ? first[number - 1] : OK);
  }

  FailoverRig always(Function<RecordedRequest, MockResponse> answer) {
    return answers((number, request) -> answer.apply(request));
  }

  FailoverRig answers(Answer answer) {
    for (MockWebServer server : rig.servers) {
      server.setDispatcher(
          new mockwebserver3.Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
              if (request.getBody() != null) {
                bodies.merge(request.getBody().utf8(), 1, Integer::sum);
              }
              return answer.to(requests.incrementAndGet(), request);
            }
          });
    }
    return this;
  }

  interface Answer {
    /** To a request with this number, from 1. */
    MockResponse to(int number, RecordedRequest request);
  }

  static MockResponse status(int code, String... headers) {
    MockResponse.Builder response = new MockResponse.Builder().code(code).body("no");
    for (int i = 0; i < headers.length; i += 2) {
      response.addHeader(headers[i], headers[i + 1]);
    }
    return response.build();
  }

  @Override
  public void close() {
    client.dispatcher().cancelAll();
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
    rig.close();
  }
}
