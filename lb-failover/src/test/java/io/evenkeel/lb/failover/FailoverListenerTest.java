package io.evenkeel.lb.failover;

import static io.evenkeel.lb.failover.Lab.fails;
import static io.evenkeel.lb.failover.Lab.hangs;
import static io.evenkeel.lb.failover.Lab.ok;
import static io.evenkeel.lb.failover.Lab.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.Lab.Way;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A call is told once, after its attempts, however it ends. */
@Timeout(60)
class FailoverListenerTest {
  private static final CallContext GET = CallContext.idempotent();

  /** What was told, in words. */
  private static final class Told implements FailoverListener {
    final List<String> all = new ArrayList<>();
    long millis;
    @Nullable RequestContext context;

    @Override
    public void onAttempt(
        FailoverCall call,
        Endpoint endpoint,
        Outcome outcome,
        long latencyNanos,
        int number,
        boolean hedge) {
      long millis = Duration.ofNanos(latencyNanos).toMillis();
      all.add(number + (hedge ? " hedge " : " ") + outcome + " after " + millis);
    }

    @Override
    public void onCall(FailoverCall call, FailoverException.@Nullable Reason failed, long nanos) {
      assertThat(call.balancer()).isEqualTo("orders");
      all.add(call.attempts() + " made, " + (failed == null ? "done" : failed.name()));
      millis = Duration.ofNanos(nanos).toMillis();
      context = call.context();
    }
  }

  private final Told told = new Told();

  private Lab lab(Way way) {
    Lab lab = new Lab(way, 3, b -> b.listener(told).budget(RetryBudget.unlimited()));
    told.all.clear();
    return lab;
  }

  @ParameterizedTest
  @EnumSource
  void ofASuccess(Way way) {
    try (Lab lab = lab(way).all(ok().after(Duration.ofMillis(7)))) {
      lab.call(GET);
      assertThat(told.all).containsExactly("1 SUCCESS after 7", "1 made, done");
      assertThat(told.millis).isEqualTo(7);
      assertThat(told.context).isSameAs(GET);
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofRetries(Way way) {
    try (Lab lab = lab(way).attempt(1, refused())) {
      lab.call(GET);
      assertThat(told.all)
          .containsExactly("1 UNREACHABLE after 0", "2 SUCCESS after 0", "2 made, done");
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofAFailureForGood(Way way) {
    try (Lab lab = lab(way).all(fails(new IOException("reset")))) {
      assertThatThrownBy(() -> lab.call(CallContext.once())).isNotNull();
      assertThat(told.all).containsExactly("1 FAILURE after 0", "1 made, NOT_REPEATABLE");
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofADefectOfTheCaller(Way way) {
    try (Lab lab = lab(way).all(fails(new IllegalStateException("a defect")))) {
      assertThatThrownBy(() -> lab.call(GET)).hasMessage("a defect");
      assertThat(told.all).containsExactly("1 CANCELLED after 0", "1 made, done");
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofACallThatIsTurnedAway(Way way) {
    RateLimiterConfig one =
        RateLimiterConfig.custom()
            .limitForPeriod(1)
            .limitRefreshPeriod(Duration.ofDays(1))
            .timeoutDuration(Duration.ZERO)
            .build();
    RateLimiter limiter = RateLimiter.of("one", one);
    try (Lab lab = new Lab(way, 3, b -> b.listener(told).rateLimiter(limiter))) {
      told.all.clear();
      assertThatThrownBy(() -> lab.call(GET)).isInstanceOf(FailoverException.class);
      assertThat(told.all).containsExactly("0 made, RATE_LIMIT");
    }
  }

  @Test
  void ofAHedgeThatWins() {
    Hedging hedging = Hedging.after(Duration.ofMillis(20), 0.5);
    try (Lab lab = new Lab(Way.ASYNC, 3, b -> b.listener(told).hedging(hedging))) {
      lab.all(ok().after(Duration.ofMillis(5))).attempt(1, hangs());
      told.all.clear();
      lab.call(GET);
      assertThat(told.all)
          .containsExactlyInAnyOrder(
              "2 hedge SUCCESS after 5", "1 CANCELLED after 25", "2 made, done");
    }
  }

  @Test
  void ofACallThatIsCancelled() {
    try (Lab lab = lab(Way.ASYNC)) {
      CompletableFuture<String> call =
          lab.failover.callAsync(GET, endpoint -> new CompletableFuture<>());
      lab.scheduler.advance(Duration.ofMillis(3));
      assertThat(told.all).isEmpty();
      assertThat(call.cancel(true)).isTrue();
      lab.scheduler.advance(Duration.ofDays(1));
      assertThat(told.all).containsExactly("1 CANCELLED after 3", "1 made, done");
    }
  }
}
