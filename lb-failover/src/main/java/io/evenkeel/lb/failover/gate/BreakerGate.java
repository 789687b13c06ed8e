package io.evenkeel.lb.failover.gate;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Scheduler.Scheduled;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The breaker of one endpoint, and what guards it: a request meets the {@link Mode} of the
 * breaker's present state.
 *
 * <p>The gate does not listen to the breaker's events: with a single listener Resilience4j makes an
 * event, with a look at the calendar, for each success. Instead each request looks whether the
 * breaker is still in the state of the mode, and whoever finds that it is not has the gate
 * {@linkplain #follow catch up}; so orders of people hold from the next request on. While no
 * request comes, since the endpoint is not offered, a task looks.
 *
 * <p>Memory: {@code mode} is volatile and has one writer at a time, which {@code pending} lets in;
 * the others leave a note there and go on with the mode as it is. Before a new mode takes over the
 * gate is shut for a moment: what the old one admitted has a stamp from before that moment, and the
 * new one begins after it.
 */
final class BreakerGate implements HealthIndicator {
  /** How often to look after a breaker that is open, since people may have closed it. */
  private static final long LOOK_NANOS = 250_000_000;

  private static final Mode.Shut SHUT = new Mode.Shut(new Object(), 0, null);

  private final BreakerMonitor monitor;
  private final Tenure tenure;
  private final Waits waits;
  private final CircuitBreaker breaker;
  private final AtomicInteger pending = new AtomicInteger();
  private volatile Mode mode = SHUT;
  private volatile @Nullable Scheduled timer;

  BreakerGate(BreakerMonitor monitor, Node node, Waits waits, CircuitBreaker breaker) {
    this.monitor = monitor;
    this.tenure = new Tenure(node, monitor.ticker());
    this.waits = waits;
    this.breaker = breaker;
    catchUp();
  }

  CircuitBreaker breaker() {
    return breaker;
  }

  @Override
  public boolean admit(long nowNanos) {
    if (!tenure.admits(nowNanos)) {
      return false;
    }
    Mode met = mode;
    return (breaker.getState() == met.state ? met : catchUp()).admit(nowNanos, this);
  }

  @Override
  public void record(Outcome outcome, long latencyNanos, long nowNanos) {
    long stamp = nowNanos - latencyNanos;
    if (tenure.owns(stamp)) {
      Mode met = mode;
      if (!isOf(met)) {
        met = catchUp();
      }
      if (met.record(outcome, stamp, latencyNanos, this) && !isOf(met)) {
        catchUp();
      }
    }
  }

  @Override
  public double health() {
    State state = breaker.getState();
    return state == State.OPEN || state == State.FORCED_OPEN ? 0 : 1;
  }

  @Override
  public boolean isWithdrawn() {
    return breaker.getState() == State.FORCED_OPEN;
  }

  boolean isClosed() {
    return mode instanceof Mode.Closed;
  }

  @Override
  public void close() {
    tenure.end();
    cancelTimer();
    monitor.left(this);
  }

  // What modes ask for.

  boolean isIn(Mode asking) {
    return mode == asking;
  }

  /** Whether it is to refuse nothing, since the others cannot take it. */
  boolean isLenient() {
    return monitor.isLenient();
  }

  void tellBreaker(Outcome outcome, long latencyNanos) {
    if (outcome.isFailure()) {
      breaker.onError(latencyNanos, NANOSECONDS, Failed.as(outcome));
    } else {
      breaker.onSuccess(latencyNanos, NANOSECONDS);
    }
  }

  /** Takes the breaker's permit for a trial that has its slot; whether it may begin. */
  boolean beginTrial(HalfOpen asking) {
    boolean taken = breaker.tryAcquirePermission();
    if (mode == asking) {
      return true;
    }
    if (taken) {
      // It may be one of the next generation's.
      breaker.releasePermission();
    }
    return false;
  }

  void cancelTrial(HalfOpen asking) {
    if (mode == asking) {
      breaker.releasePermission();
    }
  }

  /** Asks the breaker to half-open itself, which it does if its wait is over. */
  void tryHalfOpen() {
    if (breaker.tryAcquirePermission()) {
      breaker.releasePermission();
    }
    if (!isOf(mode)) {
      catchUp();
    }
  }

  // Following the breaker.

  private boolean isOf(Mode met) {
    return breaker.getState() == met.state && breaker.getMetrics() == met.measured;
  }

  /** Lets the mode follow the breaker, or leaves a note for the thread that is at it. */
  private Mode catchUp() {
    if (pending.getAndIncrement() == 0) {
      int seen = 1;
      do {
        try {
          follow();
        } catch (Throwable t) {
          pending.set(0);
          throw t;
        }
        seen = pending.addAndGet(-seen);
      } while (seen != 0);
    }
    return mode;
  }

  private void follow() {
    Object measured = breaker.getMetrics();
    State state = breaker.getState();
    while (measured != breaker.getMetrics()) {
      measured = breaker.getMetrics();
      state = breaker.getState();
    }
    Mode before = mode;
    if (state == before.state && measured == before.measured) {
      return;
    }
    boolean first = before == SHUT;
    mode = SHUT;
    // The first one has no other before it; so requests of this very moment are its own.
    long since = monitor.ticker().read() - (first ? 1 : 0);
    Mode next = newMode(state, measured, since, first ? null : before);
    mode = next;
    cancelTimer();
    if (!tenure.hasEnded()) {
      watch(next, since);
    }
    if (!first) {
      monitor.changed();
    }
  }

  private Mode newMode(State state, Object measured, long since, @Nullable Mode before) {
    return switch (state) {
      case CLOSED, DISABLED, METRICS_ONLY ->
          new Mode.Closed(state, measured, since, new Calm(breaker), before);
      case OPEN -> new Mode.Open(measured, since, waits.takeNanos(), before);
      case FORCED_OPEN -> new Mode.Shut(measured, since, before);
      case HALF_OPEN -> new HalfOpen(measured, since, monitor.trials(), before);
    };
  }

  private void watch(Mode next, long nowNanos) {
    if (next instanceof Mode.Open open) {
      timer = monitor.schedule(() -> look(open), open.left(nowNanos, LOOK_NANOS));
    } else if (next instanceof Mode.Shut) {
      timer = monitor.schedule(() -> look(next), LOOK_NANOS);
    } else if (next instanceof HalfOpen && monitor.maxTrialNanos() > 0) {
      timer = monitor.schedule(() -> giveUp(next), monitor.maxTrialNanos());
    }
  }

  private void cancelTimer() {
    Scheduled set = timer;
    if (set != null) {
      set.cancel();
    }
  }

  /** Looks after a breaker that gets no requests. */
  private void look(Mode watched) {
    if (tenure.hasEnded() || mode != watched) {
      return;
    }
    if (!isOf(watched)) {
      catchUp();
      return;
    }
    long now = monitor.ticker().read();
    if (watched instanceof Mode.Open open && open.isOver(now)) {
      open.end(this);
    }
    if (mode == watched) {
      watch(watched, now);
    }
  }

  /** Trials have taken too long. */
  private void giveUp(Mode watched) {
    if (!tenure.hasEnded() && mode == watched && isOf(watched)) {
      if (monitor.closesAfterMaxTrial()) {
        breaker.transitionToClosedState();
      } else {
        breaker.transitionToOpenState();
      }
      catchUp();
    }
  }

  @Override
  public String toString() {
    return breaker.getName() + ": " + breaker.getState();
  }
}
