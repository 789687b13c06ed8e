package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whenever a call is cancelled, it ends once, and nothing is left in flight. */
class CancelTest {
  private static final String LONG = "x".repeat(200_000);

  /** The moments of a call's life, in the order in which they come. */
  enum Moment {
    CALL_START,
    DNS_START,
    DNS_END,
    CONNECT_START,
    CONNECT_END,
    CONNECTION_ACQUIRED,
    REQUEST_HEADERS_START,
    REQUEST_HEADERS_END,
    REQUEST_BODY_START,
    REQUEST_BODY_END,
    RESPONSE_HEADERS_START,
    RESPONSE_HEADERS_END,
    RESPONSE_BODY_START,
    BODY_HALF_READ,
    BODY_READ,
    CLOSED
  }

  static Stream<Arguments> moments() {
    List<Arguments> all = new ArrayList<>();
    for (Moment moment : Moment.values()) {
      for (Protocol protocol : List.of(Protocol.HTTP_1_1, Protocol.H2_PRIOR_KNOWLEDGE)) {
        all.add(Arguments.of(moment, protocol, true));
        all.add(Arguments.of(moment, protocol, false));
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("moments")
  void aCallThatIsCancelledAtAnyMomentEndsOnce(Moment moment, Protocol protocol, boolean enqueued)
      throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.server().setProtocols(List.of(protocol));
      rig.always(new MockResponse.Builder().body(LONG));
      OkHttpClient client =
          rig.client(
              builder -> builder.protocols(List.of(protocol)).eventListener(new CancelsAt(moment)));
      Call call = client.newCall(Rig.post("http://orders/", "body"));
      CountDownLatch done = new CountDownLatch(1);
      if (enqueued) {
        call.enqueue(
            new Callback() {
              @Override
              public void onFailure(Call same, IOException e) {
                done.countDown();
              }

              @Override
              public void onResponse(Call same, Response response) {
                consume(call, response, moment);
                done.countDown();
              }
            });
      } else {
        try {
          consume(call, call.execute(), moment);
        } catch (IOException e) {
          assertThat(call.isCanceled()).isTrue();
        }
        done.countDown();
      }
      assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
      if (moment.compareTo(Moment.DNS_START) < 0 && rig.outcomes.isEmpty()) {
        rig.assertEnded(); // cancelled before there was an attempt
      } else if (moment.compareTo(Moment.BODY_READ) >= 0) {
        rig.assertEnded(Outcome.SUCCESS);
      } else {
        rig.assertEnded(Outcome.CANCELLED);
      }
    }
  }

  private static void consume(Call call, Response response, Moment moment) {
    try (response) {
      response.body().source().skip(LONG.length() / 2);
      if (moment == Moment.BODY_HALF_READ) {
        call.cancel();
      }
      response.body().source().readByteString();
      if (moment == Moment.BODY_READ) {
        call.cancel();
      }
    } catch (IOException e) {
      assertThat(call.isCanceled()).isTrue();
    }
    if (moment == Moment.CLOSED) {
      call.cancel();
    }
  }

  @Test
  void aCancelledCallWhoseBodyIsClosedUnreadIsCancelled() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.always(new MockResponse.Builder().body(LONG));
      Call call = rig.client().newCall(Rig.get("http://orders/"));
      Response response = call.execute();
      call.cancel();
      response.close();
      rig.assertEnded(Outcome.CANCELLED);
    }
  }

  @Test
  void aCallThatIsCancelledInTheQueueBeginsNothing() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE));
      OkHttpClient client = rig.client();
      client.dispatcher().setMaxRequests(1);
      CountDownLatch failed = new CountDownLatch(2);
      Callback callback =
          new Callback() {
            @Override
            public void onFailure(Call call, IOException e) {
              failed.countDown();
            }

            @Override
            public void onResponse(Call call, Response response) {
              response.close();
            }
          };
      Call first = client.newCall(Rig.get("http://orders/"));
      first.enqueue(callback);
      Call second = client.newCall(Rig.get("http://orders/"));
      second.enqueue(callback);
      second.cancel();
      rig.server().takeRequest();
      first.cancel();
      assertThat(failed.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(rig.server().getRequestCount()).isEqualTo(1);
      // OkHttp asks whether a call was cancelled after the first interceptors.
      assertThat(rig.outcomes).hasSizeBetween(1, 2).containsOnly(Outcome.CANCELLED);
      rig.assertIdle();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "H2_PRIOR_KNOWLEDGE"})
  void thousandsOfCallsWithCancelsAtRandomLeaveNothingInFlight(Protocol protocol) throws Exception {
    long seed = 20_261_121;
    int calls = 3000;
    Random random = new Random(seed);
    try (Rig rig = Rig.of(3)) {
      for (MockWebServer server : rig.servers) {
        server.setProtocols(List.of(protocol));
        server.setDispatcher(new Unreliable(seed + server.getPort()));
      }
      OkHttpClient client = rig.client(builder -> builder.protocols(List.of(protocol)));
      client.dispatcher().setMaxRequests(32);
      client.dispatcher().setMaxRequestsPerHost(32);
      CountDownLatch done = new CountDownLatch(calls);
      AtomicInteger answered = new AtomicInteger();
      List<Call> open = new ArrayList<>();
      for (int i = 0; i < calls; i++) {
        int read = random.nextInt(30_000);
        Request request =
            random.nextBoolean()
                ? Rig.get("http://orders/" + i)
                : Rig.post("http://orders/" + i, "body");
        Call call = client.newCall(request);
        open.add(call);
        call.enqueue(
            new Callback() {
              @Override
              public void onFailure(Call same, IOException e) {
                done.countDown();
              }

              @Override
              public void onResponse(Call same, Response response) {
                answered.incrementAndGet();
                try (response) {
                  response.body().source().skip(read);
                } catch (IOException e) {
                  // Cut short, by the server or by a cancel.
                }
                done.countDown();
              }
            });
        if (random.nextInt(3) == 0) {
          open.get(random.nextInt(open.size())).cancel();
        }
      }
      assertThat(done.await(100, TimeUnit.SECONDS)).as("seed %s", seed).isTrue();
      client.dispatcher().executorService().shutdown();
      assertThat(client.dispatcher().executorService().awaitTermination(20, TimeUnit.SECONDS))
          .isTrue();
      rig.assertIdle();
      assertThat(answered.get()).as("seed %s", seed).isGreaterThan(calls / 10);
      assertThat(rig.outcomes)
          .contains(Outcome.SUCCESS, Outcome.FAILURE, Outcome.CANCELLED)
          .doesNotContain(Outcome.TIMEOUT, Outcome.UNREACHABLE);
    }
  }

  /** Mostly answers; sometimes with an error, a body cut short, or a connection that breaks. */
  private static final class Unreliable extends mockwebserver3.Dispatcher {
    private final Random random;

    Unreliable(long seed) {
      random = new Random(seed);
    }

    @Override
    public synchronized MockResponse dispatch(RecordedRequest request) {
      MockResponse.Builder response = new MockResponse.Builder().body(LONG.substring(0, 20_000));
      return switch (random.nextInt(20)) {
        case 0 -> response.code(500).build();
        case 1 -> response.onResponseBody(new SocketEffect.CloseSocket()).build();
        case 2 -> response.onResponseStart(new SocketEffect.CloseSocket()).build();
        case 3 -> response.code(503).addHeader("Retry-After", "0").build();
        default -> response.build();
      };
    }
  }

  private static final class CancelsAt extends EventListener {
    private final Moment moment;

    CancelsAt(Moment moment) {
      this.moment = moment;
    }

    private void at(Moment now, Call call) {
      if (now == moment) {
        call.cancel();
      }
    }

    @Override
    public void callStart(Call call) {
      at(Moment.CALL_START, call);
    }

    @Override
    public void dnsStart(Call call, String domainName) {
      at(Moment.DNS_START, call);
    }

    @Override
    public void dnsEnd(Call call, String domainName, List<InetAddress> addresses) {
      at(Moment.DNS_END, call);
    }

    @Override
    public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
      at(Moment.CONNECT_START, call);
    }

    @Override
    public void connectEnd(
        Call call, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol) {
      at(Moment.CONNECT_END, call);
    }

    @Override
    public void connectionAcquired(Call call, Connection connection) {
      at(Moment.CONNECTION_ACQUIRED, call);
    }

    @Override
    public void requestHeadersStart(Call call) {
      at(Moment.REQUEST_HEADERS_START, call);
    }

    @Override
    public void requestHeadersEnd(Call call, Request request) {
      at(Moment.REQUEST_HEADERS_END, call);
    }

    @Override
    public void requestBodyStart(Call call) {
      at(Moment.REQUEST_BODY_START, call);
    }

    @Override
    public void requestBodyEnd(Call call, long byteCount) {
      at(Moment.REQUEST_BODY_END, call);
    }

    @Override
    public void responseHeadersStart(Call call) {
      at(Moment.RESPONSE_HEADERS_START, call);
    }

    @Override
    public void responseHeadersEnd(Call call, Response response) {
      at(Moment.RESPONSE_HEADERS_END, call);
    }

    @Override
    public void responseBodyStart(Call call) {
      at(Moment.RESPONSE_BODY_START, call);
    }
  }
}
