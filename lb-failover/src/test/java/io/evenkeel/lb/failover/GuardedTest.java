package io.evenkeel.lb.failover;

import static io.evenkeel.lb.failover.Lab.fails;
import static io.evenkeel.lb.failover.Lab.ok;
import static io.evenkeel.lb.failover.Lab.returns;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.Lab.Way;
import io.github.resilience4j.retry.RetryConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever parts throw, calls end as they should, with nothing in flight, and are told once. */
@Timeout(60)
class GuardedTest {
  private static final CallContext GET = CallContext.idempotent();

  private final List<String> told = new ArrayList<>();
  private final FailoverListener counts =
      new FailoverListener() {
        @Override
        public void onCall(FailoverCall call, @Nullable Reason failed, long nanos) {
          told.add(call.attempts() + " made, " + (failed == null ? "done" : failed.name()));
        }
      };
  private @Nullable Lab lab;

  @AfterEach
  void nothingIsInFlight() {
    Lab made = requireNonNull(lab);
    assertThat(made.balancer.nodes()).hasSize(3).allMatch(node -> node.inFlight() == 0);
    made.close();
  }

  private Lab lab(Way way, UnaryOperator<FailoverBuilder> settings) {
    Lab made =
        new Lab(
            way,
            3,
            builder -> settings.apply(builder.listener(counts).budget(RetryBudget.unlimited())));
    told.clear();
    lab = made;
    return made;
  }

  /** Not an exception, as of code that is missing or an assertion. */
  private static LinkageError broken() {
    return new LinkageError("broken");
  }

  @ParameterizedTest
  @EnumSource
  void aJudgeOfExceptions(Way way) {
    Outcomes judge =
        thrown -> {
          throw broken();
        };
    Lab lab = lab(way, b -> b.outcomes(judge)).attempt(1, fails(new IOException("reset")));
    assertThat(lab.call(GET)).isEqualTo("ok");
    assertThat(told).containsExactly("2 made, done");
  }

  @ParameterizedTest
  @EnumSource
  void aJudgeOfResults(Way way) {
    Outcomes judge =
        new Outcomes() {
          @Override
          public Outcome of(Throwable thrown) {
            return Outcome.FAILURE;
          }

          @Override
          public Outcome ofResult(@Nullable Object result) {
            throw broken();
          }

          @Override
          public long pushbackNanos(@Nullable Object result, @Nullable Throwable thrown) {
            throw broken();
          }
        };
    Lab lab = lab(way, b -> b.outcomes(judge)).attempt(1, fails(new IOException("reset")));
    assertThat(lab.call(GET)).isEqualTo("ok");
    assertThat(told).containsExactly("2 made, done");
  }

  @ParameterizedTest
  @EnumSource
  void aListener(Way way) {
    FailoverListener listener =
        new FailoverListener() {
          @Override
          public void onAttempt(
              FailoverCall call,
              Endpoint endpoint,
              Outcome outcome,
              long latencyNanos,
              int number,
              boolean hedge) {
            throw broken();
          }

          @Override
          public void onCall(FailoverCall call, @Nullable Reason failed, long nanos) {
            throw broken();
          }
        };
    Lab lab = lab(way, b -> b.listener(listener)).attempt(1, fails(new IOException("reset")));
    assertThat(lab.call(GET)).isEqualTo("ok");
    assertThat(told).containsExactly("2 made, done");
  }

  /** What nobody can judge is not repeated, and what failed is thrown. */
  @ParameterizedTest
  @EnumSource
  void aPredicateOfExceptions(Way way) {
    RetryConfig retry =
        RetryConfig.custom()
            .retryOnException(
                thrown -> {
                  throw broken();
                })
            .build();
    IOException reset = new IOException("reset");
    Lab lab = lab(way, b -> b.retry(retry)).all(fails(reset));
    assertThat(catchThrowableOfType(FailoverException.class, () -> lab.call(GET)))
        .hasCause(reset)
        .extracting(FailoverException::reason)
        .isEqualTo(Reason.NOT_REPEATABLE);
    assertThat(told).containsExactly("1 made, NOT_REPEATABLE");
  }

  @ParameterizedTest
  @EnumSource
  void aPredicateOfResults(Way way) {
    RetryConfig retry =
        RetryConfig.custom()
            .retryOnResult(
                result -> {
                  throw broken();
                })
            .build();
    Lab lab = lab(way, b -> b.retry(retry)).all(returns("bad"));
    assertThat(lab.call(GET)).isEqualTo("bad");
    assertThat(told).containsExactly("1 made, done");
  }

  @ParameterizedTest
  @EnumSource
  void anIntervalFunctionAndWhoIsGivenABadResult(Way way) {
    RetryConfig retry =
        RetryConfig.custom()
            .maxAttempts(3)
            .retryOnResult("bad"::equals)
            .intervalFunction(
                made -> {
                  throw broken();
                })
            .consumeResultBeforeRetryAttempt(
                (made, result) -> {
                  throw broken();
                })
            .build();
    Lab lab = lab(way, b -> b.retry(retry)).all(ok()).attempt(2, returns("bad"));
    lab.attempt(1, returns("bad"));
    assertThat(lab.call(GET)).isEqualTo("ok");
    assertThat(told).containsExactly("3 made, done");
  }

  @ParameterizedTest
  @EnumSource
  @SuppressWarnings("NullAway") // that is the mistake
  void aJudgeThatSaysNothing(Way way) {
    Outcomes judge =
        new Outcomes() {
          @Override
          public Outcome of(Throwable thrown) {
            return null;
          }

          @Override
          public Outcome ofResult(@Nullable Object result) {
            return null;
          }
        };
    Lab lab = lab(way, b -> b.outcomes(judge)).attempt(1, fails(new IOException("reset")));
    assertThat(lab.call(GET)).isEqualTo("ok");
    assertThat(told).containsExactly("2 made, done");
  }

  /** Of which nothing can be taken, therefore. */
  @ParameterizedTest
  @EnumSource
  void aRetryBudget(Way way) {
    RetryBudget budget =
        new RetryBudget() {
          @Override
          public void begun(long nowNanos) {}

          @Override
          public void ended(Outcome outcome, int number, long nowNanos) {
            throw broken();
          }

          @Override
          public boolean take(long nowNanos) {
            throw broken();
          }

          @Override
          public double available(long nowNanos) {
            return 1;
          }
        };
    IOException reset = new IOException("reset");
    Lab lab = lab(way, b -> b.budget(budget)).attempt(1, fails(reset));
    assertThat(catchThrowableOfType(FailoverException.class, () -> lab.call(GET)))
        .hasCause(reset)
        .extracting(FailoverException::reason)
        .isEqualTo(Reason.BUDGET);
    assertThat(lab.call(GET)).isEqualTo("ok");
    assertThat(told).containsExactly("1 made, BUDGET", "1 made, done");
  }

  @Test
  void aScheduler() {
    Scheduler scheduler =
        new Scheduler() {
          @Override
          public Scheduled schedule(Runnable task, long delayNanos) {
            throw broken();
          }

          @Override
          public void execute(Runnable task) {
            task.run();
          }
        };
    Lab lab = lab(Way.WAITING, b -> b);
    Failover failover = Failover.builder(lab.balancer).scheduler(scheduler).build();
    assertThatThrownBy(() -> failover.call(GET, endpoint -> "ok")).isInstanceOf(LinkageError.class);
    assertThat(failover.callAsync(GET, endpoint -> new CompletableFuture<>()))
        .isCompletedExceptionally();
  }

  /** That the attempt has ended, or took too long, is found out all the same. */
  @Test
  void timersThatCannotBeCancelled() {
    List<Runnable> timers = new ArrayList<>();
    Scheduler scheduler =
        new Scheduler() {
          @Override
          public Scheduled schedule(Runnable task, long delayNanos) {
            timers.add(task);
            return () -> {
              throw broken();
            };
          }

          @Override
          public void execute(Runnable task) {
            task.run();
          }
        };
    Lab lab = lab(Way.ASYNC, b -> b);
    Failover failover = Failover.builder(lab.balancer).scheduler(scheduler).build();
    CompletableFuture<String> answer = new CompletableFuture<>();
    CompletableFuture<String> answered = failover.callAsync(GET, endpoint -> answer);
    answer.complete("ok");
    assertThat(answered).isCompletedExceptionally();
    CompletableFuture<String> late = failover.callAsync(GET, e -> new CompletableFuture<>());
    timers.get(1).run();
    assertThat(late).isCompletedExceptionally();
  }
}
