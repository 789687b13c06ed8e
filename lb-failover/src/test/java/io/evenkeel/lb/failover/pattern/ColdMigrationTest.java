package io.evenkeel.lb.failover.pattern;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.pattern.ColdMigration.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Never both at work, no call lost, none made twice. */
@Timeout(60)
class ColdMigrationTest {
  private static final RequestContext CALL = CallContext.once();
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final Site site = new Site();
  private final ColdMigration migration =
      ColdMigration.of(
          site.failover(site.balancer("old", 2)),
          site.failover(site.balancer("new", 2)),
          3,
          LIMIT,
          site.scheduler);

  /** Calls that were made, in order, by where they were made. */
  private final List<String> places = new ArrayList<>();

  private final List<CompletableFuture<String>> answers = new ArrayList<>();

  @AfterEach
  void close() {
    site.close();
  }

  private CompletableFuture<String> send() {
    return migration.callAsync(CALL, this::make);
  }

  private CompletableFuture<String> make(Endpoint endpoint) {
    places.add(endpoint.id().replaceAll("-.*", ""));
    CompletableFuture<String> answer = new CompletableFuture<>();
    answers.add(answer);
    return answer;
  }

  @Test
  void newCallsWaitUntilTheOldOneIsIdle() {
    CompletableFuture<String> first = send();
    migration.begin();
    CompletableFuture<String> second = send();
    CompletableFuture<String> third = send();
    assertThat(places).containsExactly("old");
    assertThat(migration.phase()).isEqualTo(Phase.HOLDING);
    assertThat(migration.underWay()).isOne();
    assertThat(migration.held()).isEqualTo(2);
    answers.get(0).complete("done");
    assertThat(first).isCompletedWithValue("done");
    assertThat(places).containsExactly("old", "new", "new");
    assertThat(migration.phase()).isEqualTo(Phase.NEW);
    answers.forEach(answer -> answer.complete("moved"));
    assertThat(second).isCompletedWithValue("moved");
    assertThat(third).isCompletedWithValue("moved");
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void anIdleOneIsLeftAtOnceAndItsTimerGoes() {
    int before = site.scheduler.pending();
    migration.begin();
    assertThat(migration.phase()).isEqualTo(Phase.NEW);
    assertThat(site.scheduler.pending()).isEqualTo(before);
    migration.abort();
    assertThat(migration.phase()).isEqualTo(Phase.NEW);
  }

  @Test
  void moreCallsThanMayBeHeldAreRejectedAndNotMade() {
    CompletableFuture<String> first = send();
    migration.begin();
    List<CompletableFuture<String>> held = List.of(send(), send(), send());
    CompletableFuture<String> tooMany = send();
    assertThat(catchThrowableOfType(CompletionException.class, tooMany::join).getCause())
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage("held calls: 3 (expected: fewer)");
    answers.get(0).complete("done");
    assertThat(places).hasSize(4);
    assertThat(first).isCompleted();
    assertThat(held).noneMatch(CompletableFuture::isDone);
  }

  @Test
  void whoIsTiredOfWaitingLeavesThePlaceToOthers() {
    CompletableFuture<String> first = send();
    migration.begin();
    List<CompletableFuture<String>> tired = List.of(send(), send(), send());
    tired.forEach(call -> call.cancel(true));
    assertThat(migration.held()).isZero();
    List<CompletableFuture<String>> held = List.of(send(), send(), send());
    assertThat(held).noneMatch(CompletableFuture::isDone);
    answers.get(0).complete("done");
    assertThat(first).isCompleted();
    assertThat(places).containsExactly("old", "new", "new", "new");
    assertThat(migration.held()).isZero();
  }

  @Test
  void afterTheLimitHeldCallsAreMadeAtTheOldOne() {
    CompletableFuture<String> first = send();
    migration.begin();
    CompletableFuture<String> second = send();
    site.pass(LIMIT.minusNanos(1));
    assertThat(places).containsExactly("old");
    site.pass(Duration.ofNanos(1));
    assertThat(places).containsExactly("old", "old");
    assertThat(migration.phase()).isEqualTo(Phase.OLD);
    assertThat(List.of(first, second)).noneMatch(CompletableFuture::isDone);
  }

  @Test
  void theTimerOfAnAttemptDoesNotEndTheNext() {
    CompletableFuture<String> first = send();
    migration.begin();
    site.pass(LIMIT.dividedBy(2));
    migration.abort();
    migration.begin();
    site.pass(LIMIT.dividedBy(2).plusMillis(1));
    assertThat(migration.phase()).isEqualTo(Phase.HOLDING);
    assertThat(first).isNotDone();
    site.pass(LIMIT);
    assertThat(migration.phase()).isEqualTo(Phase.OLD);
  }

  @Test
  void aHeldCallThatIsCancelledIsNotMade() {
    CompletableFuture<String> first = send();
    migration.begin();
    CompletableFuture<String> second = send();
    second.cancel(true);
    first.cancel(true);
    assertThat(answers.get(0)).isCancelled();
    assertThat(places).containsExactly("old");
    assertThat(migration.phase()).isEqualTo(Phase.NEW);
    assertThat(site.inFlight()).isZero();
  }

  /** Of a timer that runs already when it is cancelled. */
  @Test
  void aTimerThatCannotBeCancelledAnyMoreDoesNotEndTheNextAttempt() {
    Scheduler late =
        new Scheduler() {
          @Override
          public Scheduled schedule(Runnable task, long delayNanos) {
            Scheduled unused = site.scheduler.schedule(task, delayNanos);
            return () -> {};
          }

          @Override
          public void execute(Runnable task) {
            site.scheduler.execute(task);
          }
        };
    ColdMigration move =
        ColdMigration.of(
            site.failover(site.balancer("old", 1)),
            site.failover(site.balancer("new", 1)),
            3,
            LIMIT,
            late);
    CompletableFuture<String> first = move.callAsync(CALL, this::make);
    move.begin();
    site.pass(LIMIT.dividedBy(2));
    move.abort();
    move.begin();
    site.pass(LIMIT.dividedBy(2));
    assertThat(move.phase()).as("at the limit of the first").isEqualTo(Phase.HOLDING);
    site.pass(LIMIT.dividedBy(2));
    assertThat(move.phase()).as("at its own limit").isEqualTo(Phase.OLD);
    assertThat(first).isNotDone();
  }

  /** A call is made just while the migration begins, moves on, or is aborted. */
  @Test
  void underAnyRaceBothAreNeverAtWorkAndNoCallIsLost() throws Exception {
    int rounds = 30_000;
    Failover before = site.failover(site.balancer("old", 1));
    Failover after = site.failover(site.balancer("new", 1));
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    AtomicReference<@Nullable Race> next = new AtomicReference<>();
    Thread caller =
        new Thread(
            () -> {
              for (int round = 0; round < rounds; round++) {
                meet(begun, 2 * (round + 1));
                spin(round / 3 % 40 - 20);
                requireNonNull(next.get()).call();
                meet(ended, 2 * (round + 1));
              }
            });
    caller.setDaemon(true);
    caller.start();
    for (int round = 0; round < rounds; round++) {
      Race race = new Race(before, after, site.scheduler);
      if (round % 3 > 0) {
        race.call();
        race.move.begin();
      }
      next.set(race);
      meet(begun, 2 * (round + 1));
      spin(20 - round / 3 % 40);
      switch (round % 3) {
        case 0 -> race.move.begin();
        case 1 -> race.answer();
        default -> race.move.abort();
      }
      race.call();
      meet(ended, 2 * (round + 1));
      race.move.begin();
      race.answer();
      race.assertOver(round % 3 > 0 ? 3 : 2);
    }
    caller.join();
    assertThat(site.inFlight()).isZero();
  }

  /** Goes on when the other is here, too. */
  private static void meet(AtomicInteger arrived, int all) {
    arrived.incrementAndGet();
    for (int spins = 0; arrived.get() < all; spins++) {
      if (spins > 1_000) {
        LockSupport.parkNanos(1);
      }
      if (spins > 1_000_000) {
        throw new AssertionError("nobody else came");
      }
    }
  }

  private static void spin(int times) {
    for (int i = 0; i < times; i++) {
      Thread.onSpinWait();
    }
  }

  /** One migration, and calls that are made meanwhile. */
  private static final class Race {
    final ColdMigration move;
    private final Queue<CompletableFuture<String>> atOld = new ConcurrentLinkedQueue<>();
    private final Queue<CompletableFuture<String>> sent = new ConcurrentLinkedQueue<>();
    private final AtomicInteger old = new AtomicInteger();
    private final AtomicInteger made = new AtomicInteger();
    private final AtomicBoolean moved = new AtomicBoolean();
    private final AtomicBoolean both = new AtomicBoolean();

    Race(Failover before, Failover after, Scheduler scheduler) {
      move = ColdMigration.of(before, after, 1_000, LIMIT, scheduler);
    }

    void call() {
      sent.add(move.callAsync(CALL, this::make));
    }

    private CompletableFuture<String> make(Endpoint endpoint) {
      made.incrementAndGet();
      if (endpoint.id().startsWith("new")) {
        moved.set(true);
        both.compareAndSet(false, old.get() > 0);
        return CompletableFuture.completedFuture("new");
      }
      old.incrementAndGet();
      both.compareAndSet(false, moved.get());
      CompletableFuture<String> answer = new CompletableFuture<>();
      atOld.add(answer);
      return answer;
    }

    /** The old one answers what it has. */
    void answer() {
      CompletableFuture<String> answer = atOld.poll();
      while (answer != null) {
        old.decrementAndGet();
        answer.complete("old");
        answer = atOld.poll();
      }
    }

    void assertOver(int calls) {
      if (both.get() || made.get() != calls || !sent.stream().allMatch(CompletableFuture::isDone)) {
        throw new AssertionError("both " + both + ", made " + made + " of " + calls + ": " + sent);
      }
      if (move.phase() != Phase.NEW || move.held() + move.underWay() > 0) {
        throw new AssertionError(move.held() + " held, " + move.underWay() + " under way: " + move);
      }
    }
  }
}
