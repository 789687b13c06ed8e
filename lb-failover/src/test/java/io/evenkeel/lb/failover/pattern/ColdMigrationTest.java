package io.evenkeel.lb.failover.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.pattern.ColdMigration.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
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

  @Test
  void underAnyRaceBothAreNeverAtWork() throws InterruptedException {
    int threads = 3;
    for (int round = 0; round < 200; round++) {
      ColdMigration move =
          ColdMigration.of(
              site.failover(site.balancer("old", 1)),
              site.failover(site.balancer("new", 1)),
              1_000_000,
              LIMIT,
              site.scheduler);
      AtomicInteger atOld = new AtomicInteger();
      AtomicInteger both = new AtomicInteger();
      AtomicInteger made = new AtomicInteger();
      List<CompletableFuture<String>> calls = new ArrayList<>();
      List<Thread> callers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Thread caller =
            new Thread(
                () -> {
                  for (int j = 0; j < 100; j++) {
                    CompletableFuture<String> call =
                        move.callAsync(
                            CALL,
                            endpoint -> {
                              made.incrementAndGet();
                              if (endpoint.id().startsWith("new")) {
                                both.addAndGet(atOld.get());
                                return CompletableFuture.completedFuture("new");
                              }
                              atOld.incrementAndGet();
                              CompletableFuture<String> answer = new CompletableFuture<>();
                              atOld.decrementAndGet();
                              answer.complete("old");
                              return answer;
                            });
                    synchronized (calls) {
                      calls.add(call);
                    }
                  }
                });
        callers.add(caller);
        caller.start();
      }
      move.begin();
      move.abort();
      move.begin();
      for (Thread caller : callers) {
        caller.join();
      }
      assertThat(move.phase()).isEqualTo(Phase.NEW);
      assertThat(calls).allMatch(CompletableFuture::isDone);
      assertThat(made).hasValue(threads * 100);
      assertThat(both).hasValue(0);
      assertThat(move.held()).isZero();
    }
    assertThat(site.inFlight()).isZero();
  }
}
