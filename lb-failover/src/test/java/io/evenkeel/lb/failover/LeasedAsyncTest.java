package io.evenkeel.lb.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.Lab.Way;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that nobody waits for, and whose request goes on after its result is there. */
@Timeout(60)
class LeasedAsyncTest {
  private static final CallContext GET = CallContext.idempotent();

  /** A response whose body is still to come. */
  private static final class Opened implements AutoCloseable {
    boolean closed;

    @Override
    public void close() {
      closed = true;
    }
  }

  private final List<Lease> leases = new ArrayList<>();
  private final List<CompletableFuture<Opened>> stages = new ArrayList<>();
  private Lab lab = lab(builder -> builder);

  private static Lab lab(UnaryOperator<FailoverBuilder> settings) {
    return new Lab(
        Way.ASYNC, 3, builder -> settings.apply(builder.budget(RetryBudget.unlimited())));
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private CompletableFuture<Opened> call() {
    return lab.failover.callLeasedAsync(GET, Outcomes.ofDefaults(), this::begin);
  }

  private CompletionStage<Opened> begin(Lease lease, long limitNanos) {
    assertThat(limitNanos).isBetween(1L, Duration.ofSeconds(10).toNanos());
    leases.add(lease);
    CompletableFuture<Opened> stage = new CompletableFuture<>();
    stages.add(stage);
    return stage;
  }

  private int inFlight() {
    return lab.balancer.nodes().stream().mapToInt(Node::inFlight).sum();
  }

  @Test
  void theLeaseOfTheResultIsLeftOpenAndThoseOfFailuresAreEnded() {
    CompletableFuture<Opened> call = call();
    stages.get(0).completeExceptionally(new IOException("reset"));
    lab.scheduler.advance(Duration.ofMillis(100));
    Opened opened = new Opened();
    stages.get(1).complete(opened);
    assertThat(call).isCompletedWithValue(opened);
    assertThat(leases).hasSize(2);
    assertThat(leases.get(0).endpoint()).isNotEqualTo(leases.get(1).endpoint());
    assertThat(inFlight()).isOne();
    assertThat(leases.get(0).end(Outcome.SUCCESS)).as("ended before").isFalse();
    assertThat(leases.get(1).end(Outcome.SUCCESS)).isTrue();
    assertThat(inFlight()).isZero();
    assertThat(opened.closed).isFalse();
  }

  @Test
  void whoeverCancelsCancelsTheAttempt() {
    CompletableFuture<Opened> call = call();
    CompletableFuture<Opened> begun = stages.get(0);
    assertThat(call.cancel(true)).isTrue();
    assertThat(begun).isCancelled();
    assertThat(inFlight()).isZero();
  }

  @Test
  void aHedgeThatWinsCancelsTheOther() {
    lab.close();
    lab = lab(builder -> builder.hedging(Hedging.after(Duration.ofMillis(20), 0.5)));
    // The first one may be hedged once there are calls for a share of which there is a budget.
    for (int i = 0; i < 20; i++) {
      lab.call(GET);
    }
    CompletableFuture<Opened> call = call();
    lab.scheduler.advance(Duration.ofMillis(30));
    assertThat(stages).as("the hedge").hasSize(2);
    Opened won = new Opened();
    CompletableFuture<Opened> loser = stages.get(0);
    AtomicBoolean first = new AtomicBoolean();
    CompletableFuture<Void> after = call.thenRun(() -> first.set(loser.isCancelled()));
    stages.get(1).complete(won);
    assertThat(after).isCompleted();
    assertThat(first).as("cancelled before the caller goes on").isTrue();
    assertThat(call).isCompletedWithValue(won);
    assertThat(loser).isCancelled();
    assertThat(inFlight()).isOne();
    assertThat(leases.get(1).end(Outcome.SUCCESS)).isTrue();
    assertThat(won.closed).isFalse();
  }

  @Test
  void aLoserThatCannotBeCancelledTakesNoResultAway() {
    lab.close();
    lab = lab(builder -> builder.hedging(Hedging.after(Duration.ofMillis(20), 0.5)));
    for (int i = 0; i < 20; i++) {
      lab.call(GET);
    }
    CompletableFuture<Opened> stubborn =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterruptIfRunning) {
            throw new IllegalStateException("broken");
          }
        };
    Queue<CompletableFuture<Opened>> next =
        new ArrayDeque<>(List.of(stubborn, CompletableFuture.completedFuture(new Opened())));
    CompletableFuture<Opened> call =
        lab.failover.callLeasedAsync(
            GET, Outcomes.ofDefaults(), (lease, limit) -> requireNonNull(next.poll()));
    lab.scheduler.advance(Duration.ofMillis(30));
    assertThat(call).isCompleted();
    assertThat(inFlight()).as("the winner's").isOne();
  }

  @Test
  void anAttemptThatTakesTooLongIsCancelledAndMadeElsewhere() {
    lab.close();
    lab = lab(builder -> builder.attemptTimeout(Duration.ofMillis(50)));
    CompletableFuture<Opened> call = call();
    lab.scheduler.advance(Duration.ofMillis(49));
    assertThat(stages).hasSize(1);
    // And the pause, of 25 ms at most.
    lab.scheduler.advance(Duration.ofMillis(30));
    assertThat(stages.get(0)).isCancelled();
    assertThat(stages).hasSize(2);
    Opened opened = new Opened();
    stages.get(1).complete(opened);
    assertThat(call).isCompletedWithValue(opened);
    assertThat(inFlight()).isOne();
    leases.get(1).end(Outcome.SUCCESS);
  }

  @Test
  void aResultThatIsAFailureIsClosedForAnother() {
    Opened bad = new Opened();
    Outcomes outcomes =
        new Outcomes() {
          @Override
          public Outcome of(Throwable thrown) {
            return Outcome.FAILURE;
          }

          @Override
          public Outcome ofResult(@Nullable Object result) {
            return result == bad ? Outcome.FAILURE : Outcome.SUCCESS;
          }
        };
    CompletableFuture<Opened> call = lab.failover.callLeasedAsync(GET, outcomes, this::begin);
    stages.get(0).complete(bad);
    assertThat(bad.closed).isTrue();
    lab.scheduler.advance(Duration.ofSeconds(1));
    Opened good = new Opened();
    stages.get(1).complete(good);
    assertThat(call).isCompletedWithValue(good);
    assertThat(good.closed).isFalse();
    leases.get(1).end(Outcome.SUCCESS);
    assertThat(inFlight()).isZero();
  }
}
