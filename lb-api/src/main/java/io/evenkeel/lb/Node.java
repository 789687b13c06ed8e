package io.evenkeel.lb;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The live half of an endpoint inside one balancer: it counts requests, and knows load and health.
 *
 * <p>A node lives as long as its balancer knows an endpoint of the same {@linkplain Endpoint#id()
 * id}, and longer while requests are in flight, so that an endpoint which comes back finds them
 * counted. In between it takes no more requests. Thread-safe.
 *
 * <p>For hot paths, which must allocate nothing:
 *
 * <pre>{@code
 * Node node = balancer.select(context);
 * long stamp = node.begin(); // REFUSED if it is at a limit or gone: then choose again
 * Outcome outcome = Outcome.FAILURE;
 * try {
 *   outcome = call(node.endpoint());
 * } finally {
 *   node.end(stamp, outcome);
 * }
 * }</pre>
 *
 * <p>Whoever begins a request must end it once, whatever happens; {@link Balancer#lease} takes care
 * of that at the price of a small object.
 */
public final class Node extends RequestCount {
  /** What {@link #begin()} returns when the node does not take the request. */
  public static final long REFUSED = Long.MIN_VALUE;

  private static final long MAX_PUSHBACK_NANOS = 60_000_000_000L;

  // Memory: what requests write is in the superclass; what is here they only read. The one control
  // thread writes it. The endpoint is not volatile: it is immutable, and written before the
  // snapshot is published that every choice reads first, so the compiler may leave the reading out
  // where a choice does not look at it.

  private final LoadMeter meter;
  private final RecentTicker ticker;
  private final Faults faults;
  private final Function<Endpoint, AddressPolicy> addresses;
  Endpoint endpoint;
  volatile double weight;

  /** From 0 to 1, as last judged. */
  volatile double health = 1;

  /** Whether it is out of service on purpose, as last judged. */
  volatile boolean withdrawn;

  volatile @Nullable HealthIndicator indicator;

  /** The bound that it is under; null for good where the strategy bounds no loads. */
  volatile LoadBound.@Nullable Share share;

  /** The bound that it is about to be under. */
  volatile LoadBound.@Nullable Share nextShare;

  /** Where to note that the node is idle; null while no strategy asks. */
  volatile IdleNodes.@Nullable Place place;

  /** Whether the endpoint has left, so that no request may begin; for the control thread. */
  boolean retired;

  Node(
      Endpoint endpoint,
      LoadMeter meter,
      RecentTicker ticker,
      Faults faults,
      Function<Endpoint, AddressPolicy> addresses) {
    this.endpoint = endpoint;
    this.meter = meter;
    this.ticker = ticker;
    this.faults = faults;
    this.addresses = addresses;
  }

  /** The facts of the endpoint, as of the latest set. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /**
   * Which addresses an endpoint of this node may have, as its source says of it. If its host is an
   * address it is one of them; where it is a name, whoever resolves it connects to no other.
   *
   * @param endpoint what {@link #endpoint()} said; it may say something else by now
   */
  public AddressPolicy addresses(Endpoint endpoint) {
    return addresses.apply(endpoint);
  }

  /**
   * Counts a request as begun.
   *
   * @return a stamp to be given to {@link #end}, or {@link #REFUSED} when the node is at a limit or
   *     its endpoint has left; then nothing was counted, and the caller should choose again
   */
  public long begin() {
    if (!(share != null ? LoadBound.begin(this) : begun())) {
      return REFUSED;
    }
    long now = ticker.now();
    long stamp = now == REFUSED ? now + 1 : now;
    HealthIndicator gate = indicator;
    if (gate != null && !admits(gate, stamp)) {
      uncount();
      return REFUSED;
    }
    return stamp;
  }

  /**
   * Counts a request as ended and learns from it. To be called once for each stamp.
   *
   * @param stamp what {@link #begin()} returned
   * @throws IllegalArgumentException if the stamp is {@link #REFUSED}
   */
  public void end(long stamp, Outcome outcome) {
    if (stamp == REFUSED) {
      throw new IllegalArgumentException("stamp: REFUSED (expected: what a begin returned)");
    }
    uncount();
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

  /**
   * The endpoint asked to be spared for a while, as by {@code Retry-After}. To be called beside
   * {@link #end}, by adapters that can read such a wish.
   *
   * @param nanos for how long; clamped to 0 up to 60 seconds, so that no answer can shut a node out
   */
  public void pushback(long nanos) {
    long clamped = Math.min(Math.max(0, nanos), MAX_PUSHBACK_NANOS);
    try {
      meter.pushback(clamped, ticker.now());
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

  /**
   * The endpoint has said how loaded it is, as in a header of a response. To be called by adapters
   * that can read such reports, and before the {@link #end} of the request that brought it, since
   * the report counts that request; meters that do not go by reports ignore them.
   */
  public void report(LoadReport report) {
    try {
      meter.report(report, inFlight(), ticker.now());
    } catch (Throwable t) {
      faults.report(Faults.Component.LOAD_METER, t);
    }
  }

  /**
   * Requests that have begun and not ended. Whoever waits for a number in a loop has to yield,
   * sleep or {@link Thread#onSpinWait()} there: the field is not volatile, and a compiler may read
   * it once where a loop does nothing else.
   */
  public int inFlight() {
    return requests();
  }

  /**
   * Whether it has room for one more request under the {@linkplain NodeSet#boundLoad bound} of its
   * strategy; true without one. Another request may take the room: {@link #begin} decides.
   */
  public boolean hasRoom() {
    LoadBound.Share bound = share;
    return bound == null || LoadBound.hasRoom(this, bound);
  }

  /** The load that one more request would meet, in the unit of the strategy's load metric. */
  public double load() {
    int count = inFlight();
    try {
      return meter.load(count, ticker.read());
    } catch (Throwable t) {
      faults.report(Faults.Component.LOAD_METER, t);
      return count + 1.0;
    }
  }

  /** The endpoint is fit again. */
  void renew(double typicalLoad) {
    try {
      meter.renew(typicalLoad, ticker.now());
    } catch (Throwable t) {
      faults.report(Faults.Component.LOAD_METER, t);
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

  /**
   * The weight to choose by: the endpoint's weight, lowered while its health is below 1. At least
   * 0.
   */
  public double weight() {
    return weight;
  }

  private void uncount() {
    if (share != null ? LoadBound.end(this) : ended()) {
      IdleNodes.Place here = place;
      if (here != null) {
        here.note();
      }
    }
  }

  /** The endpoint has left. */
  void retire() {
    retired = true;
    if (share != null) {
      LoadBound.shut(this);
    } else {
      shutCount();
    }
  }

  /** The endpoint is back. */
  void recall() {
    retired = false;
    if (share != null) {
      LoadBound.release(this);
    } else {
      openCount();
    }
  }

  private boolean admits(HealthIndicator gate, long stamp) {
    try {
      return gate.admit(stamp);
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
