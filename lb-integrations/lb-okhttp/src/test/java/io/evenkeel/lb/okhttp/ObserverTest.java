package io.evenkeel.lb.okhttp;

import static io.evenkeel.lb.okhttp.FailoverRig.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.CallObserver;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.failover.FailoverCall;
import io.evenkeel.lb.failover.FailoverListener;
import io.evenkeel.lb.failover.Hedging;
import io.evenkeel.lb.failover.ObservedCall;
import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who observes the calls of failovers is told of each, and is around its attempts. */
@Timeout(60)
class ObserverTest {
  private static final RequestContext.Key<Observed> OBSERVED =
      RequestContext.Key.of("observed", Observed.class);
  private static final RequestContext.Key<String> NAME =
      RequestContext.Key.of("name", String.class);

  private static final ThreadLocal<@Nullable Observed> CURRENT = new ThreadLocal<>();

  private final Queue<String> told = new ConcurrentLinkedQueue<>();

  private @Nullable ObservedCall begin(
      String balancer, RequestContext context, @Nullable Object parent) {
    told.add("begin " + balancer + " of " + context.get(NAME));
    return "not me".equals(context.get(NAME)) ? null : new Observed(context);
  }

  /** Knows what it is called with. */
  private final class Observed implements ObservedCall {
    private final RequestContext caller;

    Observed(RequestContext caller) {
      this.caller = caller;
    }

    @Override
    public RequestContext context() {
      return CallContext.of(caller).with(OBSERVED, this);
    }

    @Override
    public Object observation() {
      return this;
    }

    @Override
    public <T extends @Nullable Object, E extends Exception> T within(Work<T, E> work) throws E {
      CURRENT.set(this);
      try {
        return work.run();
      } finally {
        CURRENT.remove();
      }
    }

    @Override
    public void end(@Nullable Throwable thrown) {
      told.add("end " + (thrown == null ? "" : thrown.getClass().getSimpleName()));
    }
  }

  private final class Listener implements FailoverListener {
    @Override
    public void onAttempt(
        FailoverCall call,
        Endpoint endpoint,
        Outcome outcome,
        long latencyNanos,
        int number,
        boolean hedge) {
      told.add(outcome + (call.context().get(OBSERVED) == null ? " unobserved" : ""));
    }
  }

  private FailoverBuilder settings(FailoverBuilder failover, boolean hedged) {
    return hedged
        ? failover.listener(new Listener()).hedging(Hedging.after(Duration.ofDays(1), 0.5))
        : failover.listener(new Listener());
  }

  private FailoverRig rig(boolean hedged) {
    CallObserver observer = this::begin;
    return FailoverRig.of(
        Rig.of(2),
        failover -> settings(failover, hedged),
        interceptor -> interceptor.observer(observer),
        client ->
            client.addNetworkInterceptor(
                chain -> {
                  told.add(CURRENT.get() == null ? "sent outside" : "sent");
                  return chain.proceed(chain.request());
                }));
  }

  private static Request get(String name) {
    return new Request.Builder()
        .url("http://orders/")
        .tag(RequestContext.class, CallContext.of(RequestContext.none()).with(NAME, name))
        .build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCallIsToldOfAndItsAttemptsAreMadeWithinIt(boolean hedged) throws Exception {
    try (FailoverRig rig = rig(hedged).answers(status(503))) {
      assertThat(Rig.fetch(rig.client, get("mia")).code()).isEqualTo(200);
      assertThat(told)
          .containsExactly("begin orders of mia", "sent", "FAILURE", "sent", "SUCCESS", "end ");
      told.clear();
      assertThat(Rig.fetch(rig.client, get("not me")).code()).isEqualTo(200);
      assertThat(told)
          .containsExactly("begin orders of not me", "sent outside", "SUCCESS unobserved");
      assertThat(CURRENT.get()).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatItHasFailedWithIsTold(boolean hedged) throws Exception {
    MockResponse reset =
        new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()).build();
    try (FailoverRig rig = rig(hedged).always(request -> reset)) {
      assertThatThrownBy(() -> Rig.fetch(rig.client, get("mia")))
          .isInstanceOf(FailoverIOException.class);
      assertThat(told).endsWith("end FailoverIOException").filteredOn("sent"::equals).hasSize(3);
      assertThat(told).filteredOn(each -> each.startsWith("end")).hasSize(1);
      assertThat(CURRENT.get()).isNull();
    }
  }

  @Test
  void aCallThatIsCancelledEndsOnce() throws Exception {
    try (FailoverRig rig = rig(false)) {
      Call call = rig.client.newCall(get("mia"));
      rig.always(
          request -> {
            call.cancel();
            return status(200);
          });
      Throwable thrown = catchThrowable(call::execute);
      assertThat(thrown).isInstanceOf(IOException.class);
      assertThat(told)
          .containsExactly(
              "begin orders of mia",
              "sent",
              "CANCELLED",
              "end " + thrown.getClass().getSimpleName());
    }
  }

  /** A redirect to another service is another call. */
  @Test
  void eachServiceOnTheWayHasItsCall() throws Exception {
    try (FailoverRig rig = rig(false);
        Rig payments = Rig.named("payments", Rig.start(1, server -> server), each -> each)) {
      payments.always(new MockResponse.Builder());
      OkHttpClient client =
          BalancerInterceptor.builder()
              .failover(Failover.of(rig.rig.orders), Failover.of(payments.orders))
              .observer(this::begin)
              .build()
              .install(new OkHttpClient.Builder())
              .build();
      rig.answers(status(302, "Location", "/again"), status(302, "Location", "http://payments/"));
      assertThat(Rig.fetch(client, get("mia")).code()).isEqualTo(200);
      assertThat(told)
          .containsExactly("begin orders of mia", "end ", "begin payments of mia", "end ");
      client.connectionPool().evictAll();
    }
  }
}
