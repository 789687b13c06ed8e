package io.evenkeel.lb.health.probe;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.health.CheckContext;
import io.evenkeel.lb.health.HealthCheck;
import io.evenkeel.lb.health.setting.Expect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Judges endpoints that report in by how long they have been silent, compared with their own habit.
 * Thread-safe; settings do not change.
 *
 * <pre>{@code
 * Heartbeats beats = Heartbeats.of();
 * // where a message of an endpoint arrives:
 * beats.beat("orders-7");
 * }</pre>
 *
 * <p>An endpoint is down from the moment when phi reaches the threshold, and up with its next beat.
 * Phi is the negative decimal logarithm of the chance that its next beat comes even later, reckoned
 * from the mean and standard deviation of its latest intervals: the phi accrual failure detector of
 * Hayashibara et al. (SRDS 2004), in the form that Akka uses. At the threshold of 8, with beats
 * every second and all at the defaults, an endpoint is down after about 3.6 seconds of silence.
 * Silences that led to down are not learnt.
 *
 * <p>The verdict changes at most twice in any minute; a beat or silence that would change it a
 * third time has to wait. If this process did not run for a while, silence in that time proves
 * nothing, and endpoints get as much time again as they usually have.
 *
 * <p>A beat belongs to every balancer that this check serves and that has an endpoint of that id.
 * Memory is bounded by the endpoints of those balancers: beats of others are only counted.
 */
public final class Heartbeats implements HealthCheck {
  final double threshold;
  final int window;
  final Duration minDeviation;
  final Duration acceptablePause;
  final Duration firstInterval;
  final boolean assumedUp;

  private final ConcurrentMap<String, List<Pulse>> pulses = new ConcurrentHashMap<>();
  private final LongAdder unknown = new LongAdder();

  private Heartbeats(Builder builder) {
    threshold = builder.threshold;
    window = builder.window;
    minDeviation = builder.minDeviation;
    acceptablePause = builder.acceptablePause;
    firstInterval = builder.firstInterval;
    assumedUp = builder.assumedUp;
  }

  /** Threshold 8; expects a beat every second until it has seen what is usual. */
  public static Heartbeats of() {
    return builder().build();
  }

  /** Begins a check with other settings. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * An endpoint has reported in. By any thread; takes microseconds.
   *
   * @param endpointId its {@link io.evenkeel.lb.Endpoint#id() id}
   * @return whether any balancer has such an endpoint now
   */
  public boolean beat(String endpointId) {
    List<Pulse> known = pulses.get(requireNonNull(endpointId, "endpointId"));
    if (known == null) {
      unknown.increment();
      return false;
    }
    known.forEach(Pulse::beat);
    return true;
  }

  /** How many beats were of endpoints that no balancer had. */
  public long unknownBeats() {
    return unknown.sum();
  }

  @Override
  public Run start(CheckContext context) {
    String id = context.node().endpoint().id();
    Pulse pulse = new Pulse(this, context);
    pulses.compute(id, (key, known) -> with(known == null ? List.of() : known, pulse));
    pulse.start();
    return () -> {
      pulse.close();
      pulses.computeIfPresent(id, (key, known) -> without(known, pulse));
    };
  }

  private static List<Pulse> with(List<Pulse> known, Pulse pulse) {
    List<Pulse> more = new ArrayList<>(known);
    more.add(pulse);
    return List.copyOf(more);
  }

  @SuppressWarnings("NullAway") // null removes the entry
  private static List<Pulse> without(List<Pulse> known, Pulse pulse) {
    List<Pulse> fewer = new ArrayList<>(known);
    fewer.remove(pulse);
    return fewer.isEmpty() ? null : List.copyOf(fewer);
  }

  @Override
  public String toString() {
    return "Heartbeats[threshold="
        + threshold
        + ", window="
        + window
        + ", minDeviation="
        + minDeviation
        + ", acceptablePause="
        + acceptablePause
        + ", firstInterval="
        + firstInterval
        + ", initially="
        + (assumedUp ? "up" : "down")
        + "]";
  }

  /** Builds heartbeats. Not thread-safe. */
  public static final class Builder {
    private static final Duration MILLISECOND = Duration.ofMillis(1);
    private static final Duration HOUR = Duration.ofHours(1);

    private double threshold = 8;
    private int window = 100;
    private Duration minDeviation = Duration.ofMillis(500);
    private Duration acceptablePause = Duration.ZERO;
    private Duration firstInterval = Duration.ofSeconds(1);
    private boolean assumedUp = true;

    private Builder() {}

    /**
     * The phi at which an endpoint is down: 8 takes one silence in 10^8 wrongly for a failure, if
     * intervals are distributed normally. By default 8.
     *
     * @throws IllegalArgumentException unless it is from 1 to 100
     */
    public Builder threshold(double phi) {
      this.threshold = Expect.within("threshold", phi, 1.0, 100.0);
      return this;
    }

    /**
     * How many of the latest intervals count. By default 100.
     *
     * @throws IllegalArgumentException unless it is from 2 to 1000
     */
    public Builder window(int intervals) {
      this.window = Expect.within("window", intervals, 2, 1000);
      return this;
    }

    /**
     * What the standard deviation is taken to be at least, so that beats which were very regular do
     * not make a small delay look like an end. By default 500 milliseconds.
     *
     * @throws IllegalArgumentException unless it is from 1 millisecond to 1 hour
     */
    public Builder minDeviation(Duration deviation) {
      this.minDeviation = Expect.within("minDeviation", deviation, MILLISECOND, HOUR);
      return this;
    }

    /**
     * By how much a beat may be late at any time, such as for a collection of garbage. By default
     * 0.
     *
     * @throws IllegalArgumentException unless it is from 0 to 1 hour
     */
    public Builder acceptablePause(Duration pause) {
      this.acceptablePause = Expect.within("acceptablePause", pause, Duration.ZERO, HOUR);
      return this;
    }

    /**
     * What the interval is taken to be until it is known. By default 1 second.
     *
     * @throws IllegalArgumentException unless it is from 1 millisecond to 1 hour
     */
    public Builder firstInterval(Duration estimate) {
      this.firstInterval = Expect.within("firstInterval", estimate, MILLISECOND, HOUR);
      return this;
    }

    /**
     * Lets an endpoint count as down until its first beat. By default it counts as up, as if there
     * had been one when it joined.
     */
    public Builder initiallyDown() {
      this.assumedUp = false;
      return this;
    }

    /** The check. */
    public Heartbeats build() {
      return new Heartbeats(this);
    }
  }
}
