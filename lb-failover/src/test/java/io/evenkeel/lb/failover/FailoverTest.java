package io.evenkeel.lb.failover;

import static io.evenkeel.lb.failover.Lab.fails;
import static io.evenkeel.lb.failover.Lab.hangs;
import static io.evenkeel.lb.failover.Lab.ok;
import static io.evenkeel.lb.failover.Lab.refused;
import static io.evenkeel.lb.failover.Lab.returns;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.Lab.Way;
import io.evenkeel.lb.strategy.RandomChoice;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.internal.AtomicRateLimiter;
import io.github.resilience4j.retry.RetryConfig;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What both kinds of calls do in the same way. */
@Timeout(60)
class FailoverTest {
  private static final CallContext GET = CallContext.idempotent();
  private static final CallContext POST = CallContext.once();

  private static Lab lab(Way way, int nodes, UnaryOperator<FailoverBuilder> settings) {
    return new Lab(way, nodes, settings);
  }

  private static Lab lab(Way way, int nodes) {
    return lab(way, nodes, builder -> builder.budget(RetryBudget.unlimited()));
  }

  private static FailoverException failure(Lab lab, RequestContext context) {
    return catchThrowableOfType(FailoverException.class, () -> lab.call(context));
  }

  @ParameterizedTest
  @EnumSource
  void aCallGoesToOneEndpointAndEndsThere(Way way) {
    try (Lab lab = lab(way, 3)) {
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.attempts).hasSize(1);
      assertThat(lab.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatFailedIsMadeElsewhere(Way way) {
    try (Lab lab = lab(way, 3).attempt(1, fails(new IOException("broken")))) {
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.attempts).hasSize(2).doesNotHaveDuplicates();
      assertThat(lab.inFlight()).isZero();
    }
  }

  /** Envoy retried where it had just failed, while others were free. */
  @ParameterizedTest
  @EnumSource
  void noEndpointIsTriedTwiceWhileThereAreOthers(Way way) {
    // Not in turn, which would go elsewhere by itself.
    try (Lab lab =
        new Lab(way, 3, RandomChoice.of(), b -> b.budget(RetryBudget.unlimited()))
            .all(fails(new IOException("broken")))) {
      for (int i = 0; i < 50; i++) {
        lab.attempts.clear();
        assertThat(failure(lab, GET).reason()).isEqualTo(Reason.ATTEMPTS);
        assertThat(lab.attempts).containsExactlyInAnyOrder(1, 2, 3);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatMayHaveBeenProcessedIsNotRepeated(Way way) {
    try (Lab lab = lab(way, 3).all(fails(new IOException("reset")))) {
      FailoverException e = failure(lab, POST);
      assertThat(e.reason()).isEqualTo(Reason.NOT_REPEATABLE);
      assertThat(lab.attempts).hasSize(1);
      assertThat(failure(lab, RequestContext.none()).reason()).isEqualTo(Reason.NOT_REPEATABLE);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatWasSurelyNotProcessedMayAlwaysGoElsewhereAndAtOnce(Way way) {
    try (Lab lab = lab(way, 3).attempt(1, refused()).attempt(2, refused())) {
      long began = lab.ticker.read();
      assertThat(lab.call(POST)).isEqualTo("ok");
      assertThat(lab.attempts).hasSize(3).doesNotHaveDuplicates();
      assertThat(lab.ticker.read() - began).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSameEndpointIsTriedAgainAfterAPauseWhereThereIsNoOther(Way way) {
    RetryConfig config =
        RetryConfig.custom().maxAttempts(3).intervalFunction(made -> 40L * made).build();
    try (Lab lab = lab(way, 1, b -> b.retry(config).budget(RetryBudget.unlimited()))) {
      lab.attempt(1, refused()).attempt(2, refused());
      long began = lab.ticker.read();
      assertThat(lab.call(POST)).isEqualTo("ok");
      assertThat(lab.attempts).containsExactly(1, 1, 1);
      assertThat(Duration.ofNanos(lab.ticker.read() - began)).isEqualTo(Duration.ofMillis(120));
    }
  }

  @ParameterizedTest
  @EnumSource
  void anAttemptThatTakesTooLongIsGivenUpAndTheCallMadeElsewhere(Way way) {
    try (Lab lab = lab(way, 3, b -> b.attemptTimeout(Duration.ofMillis(250)))) {
      lab.attempt(1, hangs());
      long began = lab.ticker.read();
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.given).containsExactly(lab.attempts.get(0));
      // The pause before the retry is up to 25 ms, and a thread is interrupted within 5.
      assertThat(Duration.ofNanos(lab.ticker.read() - began))
          .isBetween(Duration.ofMillis(250), Duration.ofMillis(281));
      assertThat(lab.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aTimeLimitBeyondAllMeasureIsNone(Way way) {
    Duration deadline = Duration.ofMillis(600);
    try (Lab lab = lab(way, 5, b -> b.deadline(deadline)).all(hangs())) {
      long began = lab.ticker.read();
      CallContext forEver = GET.with(CallContext.TIME_LIMIT, Duration.ofSeconds(Long.MAX_VALUE));
      assertThat(failure(lab, forEver).attempts()).isNotEmpty();
      assertThat(Duration.ofNanos(lab.ticker.read() - began))
          .isBetween(deadline.dividedBy(2), deadline.plusMillis(6));
      CallContext never = GET.with(CallContext.TIME_LIMIT, Duration.ofSeconds(Long.MIN_VALUE));
      assertThat(failure(lab, never).reason()).isEqualTo(Reason.DEADLINE);
    }
  }

  @ParameterizedTest
  @EnumSource
  void noAttemptStartsOrLastsBeyondTheDeadline(Way way) {
    Duration deadline = Duration.ofMillis(600);
    try (Lab lab = lab(way, 5, b -> b.deadline(deadline).attemptTimeout(Duration.ofMillis(250)))) {
      lab.all(hangs());
      long began = lab.ticker.read();
      FailoverException e = failure(lab, GET);
      Duration took = Duration.ofNanos(lab.ticker.read() - began);
      assertThat(took).isBetween(Duration.ofMillis(500), deadline.plusMillis(6));
      assertThat(e.attempts()).extracting(Attempt::outcome).containsOnly(Outcome.TIMEOUT);
      assertThat(lab.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCallMayHaveLessTimeThanOthers(Way way) {
    try (Lab lab = lab(way, 3).all(hangs())) {
      long began = lab.ticker.read();
      FailoverException e = failure(lab, GET.timeLimit(Duration.ofMillis(30)));
      assertThat(e.reason()).isEqualTo(Reason.DEADLINE);
      assertThat(Duration.ofNanos(lab.ticker.read() - began))
          .isBetween(Duration.ofMillis(30), Duration.ofMillis(36));
    }
  }

  @ParameterizedTest
  @EnumSource
  void retriesStopWhereTheBudgetDoes(Way way) {
    try (Lab lab = lab(way, 3, builder -> builder).all(fails(new IOException("broken")))) {
      for (int i = 0; i < 1000; i++) {
        FailoverException e = failure(lab, GET);
        assertThat(e.reason()).isIn(Reason.BUDGET, Reason.ATTEMPTS);
      }
      // A twentieth, since they help nobody.
      assertThat(lab.attempts.size()).isBetween(1030, 1110);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNoFaultOfTheEndpointIsThrownAsItIs(Way way) {
    IllegalStateException defect = new IllegalStateException("defect");
    try (Lab lab = lab(way, 3).all(fails(defect))) {
      assertThatThrownBy(() -> lab.call(GET)).isSameAs(defect);
      assertThat(lab.attempts).hasSize(1);
      assertThat(lab.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void theExceptionTellsOfEveryAttempt(Way way) {
    IOException first = new IOException("first");
    IOException second = new IOException("second");
    try (Lab lab = lab(way, 2, b -> b.budget(RetryBudget.unlimited()).retry(twice()))) {
      lab.attempt(1, fails(first).after(Duration.ofMillis(20))).attempt(2, fails(second));
      FailoverException e = failure(lab, GET);
      assertThat(e).hasCause(second).hasSuppressedException(first);
      assertThat(e.getStackTrace()).isEmpty();
      assertThat(e)
          .hasMessage(
              "orders: no more attempts allowed after 2 attempts: 10.0.0.1:%d FAILURE after 20 ms"
                      .formatted(lab.attempts.get(0))
                  + " (java.io.IOException: first), 10.0.0.1:%d FAILURE after 0 ms"
                      .formatted(lab.attempts.get(1))
                  + " (java.io.IOException: second)");
    }
  }

  private static RetryConfig twice() {
    return RetryConfig.custom().maxAttempts(2).intervalFunction(made -> 1L).build();
  }

  @ParameterizedTest
  @EnumSource
  void withoutAnEndpointTheCallFailsAtOnce(Way way) {
    try (Lab lab = lab(way, 1)) {
      lab.balancer.close();
      FailoverException e = failure(lab, GET);
      assertThat(e.reason()).isEqualTo(Reason.NO_ENDPOINT);
      assertThat(e).hasCauseInstanceOf(NoEndpointException.class);
      assertThat(lab.attempts).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aResultThatIsAFailureIsRetriedAndTheLastOneReturned(Way way) {
    RetryConfig config =
        RetryConfig.<String>custom().maxAttempts(3).retryOnResult("503"::equals).build();
    try (Lab lab = lab(way, 3, b -> b.retry(config).budget(RetryBudget.unlimited()))) {
      lab.attempt(1, returns("503"));
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.attempts).hasSize(2).doesNotHaveDuplicates();
      lab.all(returns("503"));
      assertThat(lab.call(GET)).isEqualTo("503");
      assertThat(lab.attempts).hasSize(5);
    }
  }

  @ParameterizedTest
  @EnumSource
  void onlyWhatTheRetryConfigCoversIsRetried(Way way) {
    RetryConfig config =
        RetryConfig.custom().retryOnException(e -> !"fatal".equals(e.getMessage())).build();
    try (Lab lab = lab(way, 3, b -> b.retry(config)).attempt(1, fails(new IOException("fatal")))) {
      assertThat(failure(lab, GET).reason()).isEqualTo(Reason.NOT_REPEATABLE);
    }
  }

  /** An endpoint that has retried behind the call must not be multiplied by us. */
  @ParameterizedTest
  @EnumSource
  void aFailoverBehindTheOperationIsNotRepeated(Way way) {
    FailoverException inner =
        new FailoverException("inner", Reason.ATTEMPTS, List.of(), new IOException("down"));
    try (Lab lab = lab(way, 3).all(fails(inner))) {
      FailoverException e = failure(lab, GET);
      assertThat(e.reason()).isEqualTo(Reason.NOT_REPEATABLE);
      assertThat(e).hasCause(inner);
      assertThat(lab.attempts).hasSize(1);
    }
  }

  /** With endpoints at random, one call of 125 would fail if they were not distinct. */
  @ParameterizedTest
  @EnumSource
  void twoDeadOfTenNeverFailACallWithThreeDistinctAttempts(Way way) {
    try (Lab lab =
        new Lab(way, 10, RandomChoice.of(), b -> b.budget(RetryBudget.unlimited()))
            .server(3, refused())
            .server(7, refused())) {
      int third = 0;
      for (int i = 0; i < 1000; i++) {
        lab.attempts.clear();
        assertThat(lab.call(POST)).isEqualTo("ok");
        assertThat(lab.attempts).doesNotHaveDuplicates();
        third += lab.attempts.size() == 3 ? 1 : 0;
      }
      assertThat(third).as("calls that needed all three").isBetween(10, 40);
    }
  }

  /** What servers say may go into logs. */
  @ParameterizedTest
  @EnumSource
  void whatAttemptsThrewForgesNoLines(Way way) {
    try (Lab lab = lab(way, 3)) {
      lab.all(fails(new IOException("no\n12:00 ERROR \u202eforged" + "x".repeat(5000))));
      assertThat(failure(lab, GET).getMessage())
          .contains("IOException: no\\u000a12:00 ERROR \\u202eforged")
          .doesNotContain("\n", "\u202e")
          .hasSizeLessThan(2000);
    }
  }

  @ParameterizedTest
  @EnumSource
  void slowAnswersWithinTheLimitAreWaitedFor(Way way) {
    try (Lab lab = lab(way, 3, b -> b.attemptTimeout(Duration.ofMillis(250)))) {
      lab.all(ok().after(Duration.ofMillis(249)));
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.given).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCallOverTheRateLimitIsTurnedAway(Way way) {
    RateLimiter limiter =
        RateLimiter.of(
            "orders",
            RateLimiterConfig.custom()
                .limitForPeriod(3)
                .limitRefreshPeriod(Duration.ofHours(1))
                .timeoutDuration(Duration.ZERO)
                .build());
    try (Lab lab = lab(way, 3, b -> b.rateLimiter(limiter))) {
      // One was spent on waking the lab.
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.call(GET)).isEqualTo("ok");
      FailoverException e = failure(lab, GET);
      assertThat(e.reason()).isEqualTo(Reason.RATE_LIMIT);
      assertThat(e).hasMessage("orders: over the rate limit");
      assertThat(lab.attempts).hasSize(2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whileServersTurnCallsAwayTheClientDoes(Way way) {
    ClientThrottle throttle = ClientThrottle.ofDefaults();
    try (Lab lab =
        lab(way, 3, b -> b.throttle(throttle).random(new SplittableRandom(1)).retry(once()))) {
      for (int i = 0; i < 1000; i++) {
        assertThat(lab.call(GET)).isEqualTo("ok");
      }
      lab.all(refused());
      int turnedAway = 0;
      for (int i = 0; i < 9000; i++) {
        turnedAway += failure(lab, GET).reason() == Reason.THROTTLED ? 1 : 0;
      }
      // Nothing is turned away among the first thousand, then ever more: 1 - 2 * 1000 / calls.
      assertThat(turnedAway).isBetween(4200, 5000);
      assertThat(throttle.rejection()).isBetween(0.79, 0.81);
      lab.all(ok());
      lab.scheduler.advance(Duration.ofSeconds(131));
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(throttle.rejection()).isZero();
    }
  }

  private static RetryConfig once() {
    return RetryConfig.custom().maxAttempts(1).build();
  }

  @ParameterizedTest
  @EnumSource(names = "WAITING")
  void theOrderIsPrinted(Way way) {
    try (Lab lab =
        lab(
            way,
            1,
            b ->
                b.throttle(ClientThrottle.ofDefaults())
                    .rateLimiter(RateLimiter.ofDefaults("orders"))
                    .hedging(Hedging.ofDefaults()))) {
      assertThat(lab.failover.toString())
          .containsSubsequence(
              "orders",
              "throttle factor 2.0 over PT2M",
              "rate limit orders",
              "deadline PT10S",
              "hedge the slowest 2.5 %",
              "at most 3 attempts",
              "budget 20.0 % of PT10S",
              "RoundRobin",
              "attempt timeout PT3.333333333S",
              "operation",
              "Outcomes.ofDefaults()");
    }
  }

  /** Nine are drained, and the tenth asks to be spared for five seconds. */
  @ParameterizedTest
  @EnumSource
  void whoAsksToBeSparedIsWhereNoOtherIsInUse(Way way) {
    Outcomes busy =
        new Outcomes() {
          @Override
          public Outcome of(Throwable thrown) {
            return Outcome.FAILURE;
          }

          @Override
          public Outcome ofResult(@Nullable Object result) {
            return "busy".equals(result) ? Outcome.REJECTED : Outcome.SUCCESS;
          }

          @Override
          public long pushbackNanos(@Nullable Object result, @Nullable Throwable thrown) {
            return Duration.ofSeconds(5).toNanos();
          }
        };
    try (Lab lab =
        lab(
            way,
            10,
            b ->
                b.outcomes(busy)
                    .budget(RetryBudget.unlimited())
                    .deadline(Duration.ofSeconds(20)))) {
      Endpoint[] endpoints = new Endpoint[10];
      for (int i = 0; i < 10; i++) {
        endpoints[i] = Endpoint.builder("10.0.0.1", i + 1).weight(i == 3 ? 1 : 0).build();
      }
      lab.source.publish(endpoints);
      lab.attempt(1, returns("busy"));
      long began = lab.ticker.read();
      assertThat(lab.call(POST)).isEqualTo("ok");
      assertThat(lab.attempts).containsExactly(4, 4);
      // What looks after time limits may have had to wake.
      assertThat(Duration.ofNanos(lab.ticker.read() - began))
          .isBetween(Duration.ofSeconds(5), Duration.ofMillis(5010));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPauseBeyondAllMeasureDoesNotFitTheDeadline(Way way) {
    RetryConfig config =
        RetryConfig.custom().maxAttempts(3).intervalFunction(made -> Long.MAX_VALUE).build();
    try (Lab lab = lab(way, 1, b -> b.retry(config)).all(refused())) {
      assertThat(failure(lab, GET).reason()).isEqualTo(Reason.DEADLINE);
      assertThat(lab.attempts).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatTheRateLimitRefusesSaysNothingOfTheServers(Way way) {
    RateLimiter limiter =
        RateLimiter.of(
            "orders",
            RateLimiterConfig.custom()
                .limitForPeriod(3)
                .limitRefreshPeriod(Duration.ofHours(1))
                .timeoutDuration(Duration.ZERO)
                .build());
    ClientThrottle throttle = ClientThrottle.ofDefaults();
    try (Lab lab = lab(way, 3, b -> b.rateLimiter(limiter).throttle(throttle))) {
      for (int i = 0; i < 2; i++) {
        assertThat(lab.call(GET)).isEqualTo("ok");
      }
      for (int i = 0; i < 100; i++) {
        assertThat(failure(lab, GET).reason()).isEqualTo(Reason.RATE_LIMIT);
      }
      assertThat(throttle.rejection()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void defectsOfTheCallerDoNotThrottleIt(Way way) {
    ClientThrottle throttle = ClientThrottle.ofDefaults();
    try (Lab lab = lab(way, 3, b -> b.throttle(throttle))) {
      lab.all(fails(new IllegalStateException("defect")));
      for (int i = 0; i < 100; i++) {
        assertThatThrownBy(() -> lab.call(GET)).hasMessage("defect");
      }
      assertThat(throttle.rejection()).isZero();
    }
  }

  @Test
  void callsThatTheCallerCancelsDoNotThrottleIt() {
    ClientThrottle throttle = ClientThrottle.ofDefaults();
    try (Lab lab = lab(Way.ASYNC, 3, b -> b.throttle(throttle))) {
      for (int i = 0; i < 100; i++) {
        assertThat(lab.failover.callAsync(GET, endpoint -> new CompletableFuture<>()).cancel(true))
            .isTrue();
      }
      assertThat(throttle.rejection()).isZero();
    }
  }

  /** The limiter lets calls wait for 5 s, and has permits for two of three. */
  @Test
  void callsWithoutTheTimeToWaitLeaveTheRateLimitToOthers() {
    try (Lab lab = lab(Way.ASYNC, 3, b -> b)) {
      RateLimiterConfig config =
          RateLimiterConfig.custom()
              .limitForPeriod(10)
              .limitRefreshPeriod(Duration.ofMillis(600))
              .timeoutDuration(Duration.ofSeconds(5))
              .build();
      Failover failover =
          Failover.builder(lab.balancer)
              .ticker(lab.ticker)
              .scheduler(lab.scheduler)
              .deadline(Duration.ofSeconds(1))
              .rateLimiter(new AtomicRateLimiter("orders", config, lab.ticker::read))
              .build();
      List<CompletableFuture<String>> calls = new ArrayList<>();
      for (int i = 0; i < 750; i++) {
        calls.add(failover.callAsync(GET, endpoint -> CompletableFuture.completedFuture("ok")));
        lab.scheduler.advance(Duration.ofMillis(40));
      }
      lab.scheduler.advance(Duration.ofSeconds(1));
      assertThat(calls).allMatch(CompletableFuture::isDone);
      assertThat(calls.stream().filter(call -> !call.isCompletedExceptionally()).count())
          .isGreaterThan(490);
    }
  }

  @Test
  void aChannelThatAnInterruptHasClosedIsNoFaultOfTheEndpoint() {
    assertThat(Outcomes.ofDefaults().of(new ClosedByInterruptException()))
        .isEqualTo(Outcome.CANCELLED);
  }
}
