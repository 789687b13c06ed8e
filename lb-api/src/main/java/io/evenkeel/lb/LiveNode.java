package io.evenkeel.lb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The node that the engine keeps.
 *
 * <p>Memory: {@code inFlight} is the only field that requests write. It has a cache line of its
 * own, so that a begin on one node does not slow the reading of another; superclasses lay out
 * first, which is what puts the padding on both sides. It changes by atomic adds alone. {@code
 * endpoint}, {@code weight} and {@code indicator} are written by the one control thread and read by
 * all.
 */
final class LiveNode extends LiveNodeTail implements Node {
  private static final long MAX_PUSHBACK_NANOS = 60_000_000_000L;

  LiveNode(Endpoint endpoint, LoadMeter meter, RecentTicker ticker, Faults faults) {
    super(endpoint, meter, ticker, faults);
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public long begin() {
    HealthIndicator gate = indicator;
    if (gate != null && !admits(gate)) {
      return REFUSED;
    }
    IN_FLIGHT.getAndAdd(this, 1L);
    long now = ticker.now();
    return now == REFUSED ? now + 1 : now;
  }

  @Override
  public void end(long stamp, Outcome outcome) {
    if (stamp == REFUSED) {
      throw new IllegalArgumentException("stamp: REFUSED (expected: what a begin returned)");
    }
    IN_FLIGHT.getAndAdd(this, -1L);
    long now = ticker.now();
    long latency = Math.max(0, now - stamp);
    try {
      meter.record(outcome, latency, now);
    } catch (Throwable t) {
      faults.report(Faults.Component.LOAD_METER, t);
    }
    HealthIndicator judge = indicator;
    if (judge != null) {
      try {
        judge.record(outcome, latency, now);
      } catch (Throwable t) {
        faults.report(Faults.Component.HEALTH, t);
      }
    }
    faults.ended(endpoint, outcome, latency);
  }

  @Override
  public void pushback(long nanos) {
    long clamped = Math.min(Math.max(0, nanos), MAX_PUSHBACK_NANOS);
    // Meters reckon from the recent time, which may be that of this request's begin.
    ticker.now();
    try {
      meter.pushback(clamped);
    } catch (Throwable t) {
      faults.report(Faults.Component.LOAD_METER, t);
    }
    HealthIndicator judge = indicator;
    if (judge != null) {
      try {
        judge.pushback(clamped);
      } catch (Throwable t) {
        faults.report(Faults.Component.HEALTH, t);
      }
    }
  }

  @Override
  public int inFlight() {
    return (int) (long) IN_FLIGHT.getOpaque(this);
  }

  @Override
  public double load() {
    int count = inFlight();
    try {
      return meter.load(count);
    } catch (Throwable t) {
      faults.report(Faults.Component.LOAD_METER, t);
      return count + 1.0;
    }
  }

  /** What the meter teaches about nodes like this one; 0 if that is not known. */
  double baseline() {
    try {
      return meter.baseline();
    } catch (Throwable t) {
      faults.report(Faults.Component.LOAD_METER, t);
      return 0;
    }
  }

  @Override
  public double weight() {
    return weight;
  }

  private boolean admits(HealthIndicator gate) {
    try {
      return gate.admit();
    } catch (Throwable t) {
      faults.report(Faults.Component.HEALTH, t);
      return true;
    }
  }

  @Override
  public String toString() {
    return endpoint + " (weight " + weight + ", in flight " + inFlight() + ", load " + load() + ")";
  }
}

/** What requests only read. */
abstract class LiveNodeFacts {
  final LoadMeter meter;
  final RecentTicker ticker;
  final Faults faults;
  volatile Endpoint endpoint;
  volatile double weight;
  volatile @Nullable HealthIndicator indicator;

  /** Whether the endpoint has left; for the control thread. */
  boolean retired;

  LiveNodeFacts(Endpoint endpoint, LoadMeter meter, RecentTicker ticker, Faults faults) {
    this.endpoint = endpoint;
    this.meter = meter;
    this.ticker = ticker;
    this.faults = faults;
  }
}

@SuppressWarnings("unused")
abstract class LiveNodePadding extends LiveNodeFacts {
  private long p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14;

  LiveNodePadding(Endpoint endpoint, LoadMeter meter, RecentTicker ticker, Faults faults) {
    super(endpoint, meter, ticker, faults);
  }
}

/** What requests write. */
abstract class LiveNodeCount extends LiveNodePadding {
  static final VarHandle IN_FLIGHT;

  static {
    try {
      IN_FLIGHT = MethodHandles.lookup().findVarHandle(LiveNodeCount.class, "inFlight", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // through IN_FLIGHT
  private long inFlight;

  LiveNodeCount(Endpoint endpoint, LoadMeter meter, RecentTicker ticker, Faults faults) {
    super(endpoint, meter, ticker, faults);
  }
}

@SuppressWarnings("unused")
abstract class LiveNodeTail extends LiveNodeCount {
  private long p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14;

  LiveNodeTail(Endpoint endpoint, LoadMeter meter, RecentTicker ticker, Faults faults) {
    super(endpoint, meter, ticker, faults);
  }
}
