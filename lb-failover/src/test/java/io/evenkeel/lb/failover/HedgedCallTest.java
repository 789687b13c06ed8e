package io.evenkeel.lb.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.strategy.RoundRobin;
import io.github.resilience4j.retry.RetryConfig;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls of adapters that may be under way twice at once, on real threads. */
@Timeout(60)
class HedgedCallTest {
  private static final long PATIENCE_SECONDS = 20;

  private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
  private final Balancer balancer =
      Balancer.builder("orders")
          .source(
              EndpointSource.of(
                  Endpoint.of("10.0.0.1", 1),
                  Endpoint.of("10.0.0.1", 2),
                  Endpoint.of("10.0.0.1", 3)))
          .strategy(RoundRobin.of())
          .listener(
              new BalancerListener() {
                @Override
                public void onEnd(String name, Endpoint endpoint, Outcome outcome, long nanos) {
                  outcomes.add(outcome);
                }
              })
          .build();

  /** In the order in which they began. */
  private final List<Made> made = new ArrayList<>();

  @AfterEach
  void close() {
    balancer.close();
  }

  /** What is open until it is closed. */
  private static final class Opened implements Closeable {
    final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public void close() {
      closed.countDown();
    }
  }

  /** An attempt that does as it is told. */
  private static final class Made implements LeasedAttempt<Opened> {
    final Lease lease;
    final CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
    private final Callable<Opened> does;

    Made(Lease lease, Callable<Opened> does) {
      this.lease = lease;
      this.does = does;
    }

    @Override
    public Outcomes outcomes() {
      return Outcomes.ofDefaults();
    }

    @Override
    public Opened make() throws Exception {
      return does.call();
    }

    @Override
    public void cancel() {
      // Whoever ends a lease when it is cancelled comes too late.
      cancelled.complete(!lease.end(Outcome.SUCCESS));
    }

    Opened afterCancel() throws Exception {
      cancelled.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return new Opened();
    }
  }

  private Failover failover(UnaryOperator<FailoverBuilder> settings) {
    return settings
        .apply(
            Failover.builder(balancer)
                .hedging(Hedging.after(Duration.ofMillis(5), 0.5))
                .attemptTimeout(Duration.ofSeconds(30))
                .deadline(Duration.ofSeconds(40))
                .budget(RetryBudget.unlimited()))
        .build();
  }

  private interface Does {
    Opened on(Made self) throws Exception;
  }

  /** The n-th attempt does the n-th of these. */
  private Opened call(Failover failover, Does... does) {
    return failover.callHedged(
        CallContext.idempotent(),
        (lease, limit) -> {
          synchronized (made) {
            int number = made.size();
            Made[] self = new Made[1];
            self[0] = new Made(lease, () -> does[number].on(self[0]));
            made.add(self[0]);
            return self[0];
          }
        });
  }

  private int inFlight() {
    return balancer.nodes().stream().mapToInt(Node::inFlight).sum();
  }

  @Test
  void theWinnersLeaseIsLeftOpenAndTheLosersLateResultIsClosed() throws Exception {
    CompletableFuture<Opened> late = new CompletableFuture<>();
    Opened winner = new Opened();
    Opened result =
        call(
            failover(builder -> builder),
            self -> {
              Opened opened = self.afterCancel();
              late.complete(opened);
              return opened;
            },
            self -> winner);
    assertThat(result).isSameAs(winner);
    assertThat(outcomes.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(Outcome.CANCELLED);
    assertThat(made.get(0).cancelled.get()).as("its lease had ended").isTrue();
    Opened unwanted = late.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(unwanted.closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(inFlight()).isEqualTo(1);
    assertThat(winner.closed.getCount()).isEqualTo(1);
    assertThat(made.get(1).lease.end(Outcome.SUCCESS)).isTrue();
    assertThat(inFlight()).isZero();
  }

  @Test
  void anAttemptThatTookTooLongIsATimeoutBeforeItIsCancelled() {
    Failover failover = failover(builder -> builder.attemptTimeout(Duration.ofMillis(100)));
    assertThatThrownBy(
            () -> call(failover, Made::afterCancel, Made::afterCancel, Made::afterCancel))
        .isInstanceOf(FailoverException.class);
    assertThat(made).allSatisfy(each -> assertThat(each.cancelled.get()).isTrue());
    assertThat(outcomes).hasSize(3).containsOnly(Outcome.TIMEOUT);
    assertThat(inFlight()).isZero();
  }

  @Test
  void aStaleConnectionIsMadeGoodOnceWithoutABudgetAndIsNotHeldAgainstItsEndpoint() {
    RetryBudget none = RetryBudget.ofRate(0, Duration.ofSeconds(10));
    none.take(0);
    Does stale =
        self -> {
          throw new StaleConnectionException(new IOException("closed"));
        };
    Opened opened = new Opened();
    assertThat(call(failover(builder -> builder.budget(none)), stale, self -> opened))
        .isSameAs(opened);
    assertThat(made.get(1).lease.end(Outcome.SUCCESS)).isTrue();
    assertThat(outcomes).containsExactly(Outcome.CANCELLED, Outcome.SUCCESS);

    made.clear();
    outcomes.clear();
    FailoverException thrown =
        catchThrowableOfType(
            FailoverException.class,
            () -> call(failover(builder -> builder.budget(none)), stale, stale));
    assertThat(thrown.reason()).isEqualTo(Reason.BUDGET);
    assertThat(thrown).hasRootCauseMessage("closed");
    assertThat(outcomes).containsExactly(Outcome.CANCELLED, Outcome.FAILURE);
    assertThat(inFlight()).isZero();
  }

  @Test
  void aHedgeThatIsTurnedAwayByTheExecutorDoesNotBeatTheFirstAttempt() {
    CountDownLatch refused = new CountDownLatch(1);
    AtomicInteger tasks = new AtomicInteger();
    Opened opened = new Opened();
    Failover failover =
        failover(
            builder ->
                builder.hedging(
                    Hedging.after(Duration.ofMillis(5), 0.5),
                    task -> {
                      if (tasks.incrementAndGet() > 1) {
                        refused.countDown();
                        throw new RejectedExecutionException("full");
                      }
                      new Thread(task).start();
                    }));
    assertThat(
            call(
                failover,
                self -> {
                  assertThat(refused.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
                  return opened;
                },
                self -> new Opened()))
        .isSameAs(opened);
    assertThat(outcomes).containsExactly(Outcome.CANCELLED);
  }

  @Test
  void anEndpointIsNotToBlameForThreadsThatAreMissing() {
    Queue<Runnable> never = new ConcurrentLinkedQueue<>();
    Failover failover =
        failover(
            builder ->
                builder
                    .attemptTimeout(Duration.ofMillis(50))
                    .hedging(Hedging.after(Duration.ofMillis(5), 0.5), never::add));
    assertThatThrownBy(() -> call(failover, self -> new Opened(), self -> new Opened()))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("no thread within PT0.05S");
    assertThat(outcomes).isNotEmpty().containsOnly(Outcome.CANCELLED);
    assertThat(inFlight()).isZero();
    never.forEach(Runnable::run);
    assertThat(outcomes).as("made all the same").containsOnly(Outcome.CANCELLED);
  }

  @Test
  void whoeverIsInterruptedWhileWaitingLeavesNothingBehind() {
    Thread caller = Thread.currentThread();
    Does interrupts =
        self -> {
          caller.interrupt();
          return self.afterCancel();
        };
    FailoverException thrown =
        catchThrowableOfType(
            FailoverException.class,
            () ->
                call(
                    failover(builder -> builder.hedging(Hedging.after(Duration.ofDays(1), 0.5))),
                    interrupts));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown.reason()).isEqualTo(Reason.INTERRUPTED);
    assertThat(outcomes).containsExactly(Outcome.CANCELLED);
    assertThat(made.get(0).cancelled).isCompleted();
  }

  @Test
  void aResultThatIsAFailureIsClosedAndItsEndpointTold() {
    Opened failing = new Opened();
    Opened good = new Opened();
    Failover failover =
        failover(
            builder ->
                builder
                    .hedging(Hedging.after(Duration.ofDays(1), 0.5))
                    .retry(
                        RetryConfig.<Opened>custom()
                            .retryOnResult(result -> result == failing)
                            .waitDuration(Duration.ofMillis(1))
                            .build()));
    assertThat(call(failover, self -> failing, self -> good)).isSameAs(good);
    assertThat(failing.closed.getCount()).isZero();
    assertThat(outcomes).containsExactly(Outcome.FAILURE);
    assertThat(inFlight()).isEqualTo(1);
  }
}
