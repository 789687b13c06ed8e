package io.evenkeel.lb.failover.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Threads that lease from one of two balancers while all requests are sent to the other. Once a
 * balancer that was left has nothing in flight, no lease of it may be given out: a thread that had
 * chosen there before must not begin.
 */
final class Overtaken {
  private static final int THREADS = 2; // as many as there are processors anywhere
  private static final Duration TIME = Duration.ofSeconds(2);

  private final Balancer asked;
  private final Balancer first;
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong leases = new AtomicLong();
  private final AtomicInteger endedTwice = new AtomicInteger();

  // Leases that callers hold, by balancer: counted after they are given out, before they end.
  private final AtomicInteger firstHeld = new AtomicInteger();
  private final AtomicInteger secondHeld = new AtomicInteger();

  /**
   * @param asked gives out leases of both
   * @param first the one that it begins with, whose endpoints are named after it
   */
  Overtaken(Balancer asked, Balancer first) {
    this.asked = asked;
    this.first = first;
  }

  /** Switches to and fro, and fails if a lease came after its balancer was left and drained. */
  void assertNone(Balancer second, Runnable toSecond, Runnable toFirst)
      throws InterruptedException {
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Thread caller = new Thread(this::lease);
      callers.add(caller);
      caller.start();
    }
    int switched = 0;
    int late = 0;
    long end = System.nanoTime() + TIME.toNanos();
    while (System.nanoTime() - end < 0) {
      boolean isFirstLeft = switched++ % 2 == 0;
      (isFirstLeft ? toSecond : toFirst).run();
      late += held(isFirstLeft ? first : second, isFirstLeft ? firstHeld : secondHeld);
    }
    over.set(true);
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(late).as("leases held after the balancer had drained").isZero();
    assertThat(switched).isGreaterThan(10);
    assertThat(leases.get()).isGreaterThan(10_000);
    assertThat(endedTwice).hasValue(0);
  }

  /** Looks how many leases of a balancer that was left are held after it has drained. */
  private static int held(Balancer left, AtomicInteger held) {
    long limit = System.nanoTime() + Duration.ofSeconds(1).toNanos();
    while (Site.inFlight(left) > 0 && System.nanoTime() - limit < 0) {
      Thread.onSpinWait();
    }
    int seen = 0;
    for (int i = 0; i < 2_000; i++) {
      seen += held.get() == 0 ? 0 : 1;
    }
    return seen;
  }

  private void lease() {
    while (!over.get()) {
      Lease lease = asked.lease(RequestContext.none());
      boolean isFirst = lease.endpoint().id().startsWith(first.name());
      AtomicInteger held = isFirst ? firstHeld : secondHeld;
      held.incrementAndGet();
      leases.incrementAndGet();
      held.decrementAndGet();
      if (!lease.end(Outcome.SUCCESS)) {
        endedTwice.incrementAndGet();
      }
    }
  }
}
