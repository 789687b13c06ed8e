package io.evenkeel.lb.failover.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests move by degrees, finish where they are, and none is lost or made twice. */
@Timeout(60)
class MigrationTest {
  private static final Duration RAMP = Duration.ofMinutes(5);
  private static final int REQUESTS = 10_000;

  private final Site site = new Site();
  private final Balancer old = site.balancer("old", 3);
  private final Balancer fresh = site.balancer("fresh", 3);
  private final SplittableRandom random = new SplittableRandom(42);
  private final Migration migration =
      Migration.builder("orders", old, fresh)
          .ramp(RAMP)
          .chance(random::nextDouble)
          .ticker(site.ticker)
          .scheduler(site.scheduler)
          .build();

  @AfterEach
  void close() {
    migration.close();
    site.close();
  }

  private String send(RequestContext context) {
    Lease lease = migration.lease(context);
    lease.end(Outcome.SUCCESS);
    return lease.endpoint().id().replaceAll("-.*", "");
  }

  /** Which share of requests goes to the new one. */
  private double seen() {
    int moved = 0;
    for (int i = 0; i < REQUESTS; i++) {
      moved += send(RequestContext.none()).equals("fresh") ? 1 : 0;
    }
    return (double) moved / REQUESTS;
  }

  private Set<Integer> moved() {
    Set<Integer> moved = new HashSet<>();
    for (int key = 1; key <= REQUESTS; key++) {
      if (send(new Keyed(key)).equals("fresh")) {
        moved.add(key);
      }
    }
    return moved;
  }

  @Test
  void theShareGrowsInAStraightLine() {
    assertThat(seen()).isZero();
    migration.begin();
    for (int tenth = 1; tenth < 10; tenth++) {
      site.pass(RAMP.dividedBy(10));
      assertThat(migration.share()).isCloseTo(tenth / 10.0, within(1e-9));
      // Five standard deviations.
      assertThat(seen()).isCloseTo(tenth / 10.0, within(0.025));
    }
    site.pass(RAMP.dividedBy(10));
    assertThat(seen()).isOne();
    site.pass(Duration.ofHours(1));
    assertThat(migration.share()).isOne();
    assertThat(migration.isComplete()).isTrue();
  }

  @Test
  void aKeyMovesOnceAndBackTheSameWay() {
    migration.begin();
    Set<Integer> before = moved();
    for (int tenth = 1; tenth <= 10; tenth++) {
      site.pass(RAMP.dividedBy(10));
      Set<Integer> now = moved();
      assertThat(now).containsAll(before);
      assertThat((double) now.size() / REQUESTS).isCloseTo(tenth / 10.0, within(0.025));
      before = now;
    }
    migration.rollBack();
    for (int tenth = 9; tenth >= 0; tenth--) {
      site.pass(RAMP.dividedBy(10));
      Set<Integer> now = moved();
      assertThat(before).containsAll(now);
      before = now;
    }
    assertThat(before).isEmpty();
    assertThat(migration.isUndone()).isTrue();
  }

  @Test
  void aPauseKeepsTheShareAndTheRampGoesOnAfterIt() {
    migration.begin();
    site.pass(RAMP.dividedBy(4));
    migration.pause();
    site.pass(Duration.ofHours(5));
    assertThat(migration.share()).isCloseTo(0.25, within(1e-9));
    migration.begin();
    site.pass(RAMP.dividedBy(4));
    assertThat(migration.share()).isCloseTo(0.5, within(1e-9));
  }

  @Test
  void anAbortTakesAllNewRequestsBackAtOnce() {
    migration.begin();
    site.pass(RAMP.dividedBy(2));
    Lease lease = leaseAt("fresh");
    migration.abort();
    assertThat(seen()).isZero();
    site.pass(RAMP);
    assertThat(seen()).isZero();
    assertThat(migration.isUndone()).isFalse();
    lease.end(Outcome.SUCCESS);
    assertThat(migration.isUndone()).isTrue();
  }

  @Test
  void requestsOfTheOldOneFinishThereBeforeItIsComplete() {
    Lease lease = leaseAt("old");
    migration.begin();
    site.pass(RAMP);
    assertThat(migration.share()).isOne();
    assertThat(migration.isComplete()).isFalse();
    assertThat(lease.end(Outcome.SUCCESS)).isTrue();
    assertThat(migration.isComplete()).isTrue();
  }

  private Lease leaseAt(String name) {
    while (true) {
      Lease lease = migration.lease(RequestContext.none());
      if (lease.endpoint().id().startsWith(name)) {
        return lease;
      }
      lease.end(Outcome.SUCCESS);
    }
  }

  /** The ramp ends between the look at the share and the begin. */
  @Test
  void aLeaseThatTheEndOvertakesMovesOn() {
    migration.begin();
    RequestContext late =
        new RequestContext() {
          @Override
          public boolean tried(Endpoint endpoint) {
            site.ticker.advance(RAMP);
            return false;
          }
        };
    Lease lease = migration.lease(late);
    assertThat(lease.endpoint().id()).startsWith("fresh");
    assertThat(Site.inFlight(old)).isZero();
    lease.end(Outcome.SUCCESS);
  }

  @Test
  void noLeaseBeginsAtTheOldOneAfterTheRampNorAtTheNewOneAfterAnAbort()
      throws InterruptedException {
    Migration raced =
        Migration.builder("raced", old, fresh)
            .ramp(RAMP)
            .ticker(site.ticker)
            .scheduler(site.scheduler)
            .build();
    new Overtaken(raced, old)
        .assertNone(
            fresh,
            () -> {
              raced.begin();
              site.ticker.advance(RAMP);
            },
            raced::abort);
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void whileBothServeOneStandsInForTheOther() {
    site.publish("fresh", 1);
    migration.begin();
    site.pass(RAMP.dividedBy(2));
    fresh.close();
    assertThat(seen()).isZero();
    site.pass(RAMP);
    assertThatThrownBy(() -> send(RequestContext.none())).isInstanceOf(NoEndpointException.class);
  }

  @Test
  void underLoadNoRequestIsLostAndNoneMadeTwice() {
    Failover failover = site.failover(migration);
    AtomicInteger made = new AtomicInteger();
    AtomicInteger answered = new AtomicInteger();
    migration.begin();
    int calls = 0;
    // Each takes 3 s, so some are under way whatever happens.
    for (int second = 0; second < 1200; second++) {
      switch (second) {
        case 100 -> migration.pause();
        case 200 -> migration.begin();
        case 400 -> migration.abort();
        case 500 -> migration.begin();
        case 700 -> migration.rollBack();
        case 800 -> migration.begin();
        default -> {}
      }
      for (int i = 0; i < 10; i++) {
        calls++;
        CompletableFuture<String> call =
            failover.callAsync(
                CallContext.once(),
                endpoint -> {
                  made.incrementAndGet();
                  CompletableFuture<String> answer = new CompletableFuture<>();
                  site.scheduler.schedule(
                      () -> answer.complete("done"), Duration.ofSeconds(3).toNanos());
                  return answer;
                });
        CompletableFuture<Void> told = call.thenRun(answered::incrementAndGet);
        assertThat(told).isNotDone();
      }
      site.pass(Duration.ofSeconds(1));
    }
    site.pass(RAMP);
    assertThat(made).hasValue(calls);
    assertThat(answered).hasValue(calls);
    assertThat(migration.isComplete()).isTrue();
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void itsCapacityIsThatOfBothByTheirShares() {
    site.sicken("fresh-1", "fresh-2");
    assertThat(migration.capacity()).isOne();
    migration.begin();
    site.pass(RAMP.dividedBy(4));
    assertThat(migration.capacity()).isCloseTo(0.75 + 0.25 / 3, within(1e-9));
    site.pass(RAMP);
    assertThat(migration.capacity()).isEqualTo(1 / 3.0);
  }

  @Test
  void aClosedMigrationRefuses() {
    migration.close();
    assertThat(migration.capacity()).isZero();
    assertThatThrownBy(() -> send(RequestContext.none())).isInstanceOf(NoEndpointException.class);
    assertThat(migration.nodes()).isEmpty();
  }
}
