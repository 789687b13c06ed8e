package io.evenkeel.lb.health.probe;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.health.CheckContext;
import io.evenkeel.lb.health.HealthCheck;
import io.evenkeel.lb.health.setting.Expect;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Asks each endpoint again and again whether it is fit. Immutable and thread-safe.
 *
 * <pre>{@code
 * HealthCheck check = ActiveProbe.builder(TcpProbe.of()).interval(Duration.ofSeconds(2)).build();
 * }</pre>
 *
 * <p>An endpoint goes down after some failures in a row ({@code fall}), and up again after some
 * successes ({@code rise}); from the first failure until it is up again it is asked more often.
 * What an answer says beside up and down (its share of the weight, draining, maintenance) is passed
 * on at once. Probes of different endpoints and clients are spread at random. Never are two probes
 * of an endpoint under way in one balancer, unless the first ignores its time limit.
 *
 * <h2>What is a failure</h2>
 *
 * <p>The answer {@link io.evenkeel.lb.health.Verdict.Kind#DOWN DOWN}, no answer within the time
 * limit, and a probe that throws or completes exceptionally. What comes after the first answer or
 * after the time limit is ignored. Exceptions that show a defect of the probe, and not of the
 * endpoint, are reported as well.
 *
 * <h2>Flapping</h2>
 *
 * <p>The verdict changes between up and down at most twice in any minute. Of changes that follow
 * one another within a minute, each beyond the first doubles the runs that the next one needs, up
 * to 8 times. A first failure and a first return are not slowed.
 *
 * <h2>Pauses of this process</h2>
 *
 * <p>Where a task comes 300 milliseconds later than it was due this process did not run, and
 * failures that are found then prove nothing: they are not counted, and the endpoint is asked again
 * soon. After five in a row they count, lest a process that is always late never sees a failure.
 */
public final class ActiveProbe implements HealthCheck {
  final HealthProbe probe;
  final Duration interval;
  final double jitter;
  final Duration timeout;
  final int rise;
  final int fall;
  final Duration fastInterval;
  final Duration slowInterval;
  final boolean assumedUp;

  private ActiveProbe(Builder builder) {
    probe = builder.probe;
    interval = builder.interval;
    jitter = builder.jitter;
    rise = builder.rise;
    fall = builder.fall;
    assumedUp = builder.assumedUp;
    timeout = orElse(builder.timeout, least(Builder.SECOND, interval.dividedBy(2)));
    fastInterval = orElse(builder.fastInterval, least(Builder.SECOND, interval));
    slowInterval =
        builder.slowInterval != null
            ? builder.slowInterval
            : interval.compareTo(Builder.MINUTE) > 0 ? interval : Builder.MINUTE;
    Expect.that(
        timeout.compareTo(interval) < 0, "timeout", timeout, "< " + interval + ", the interval");
    Expect.that(
        fastInterval.compareTo(interval) <= 0,
        "fastInterval",
        fastInterval,
        "<= " + interval + ", the interval");
    Expect.that(
        slowInterval.compareTo(interval) >= 0,
        "slowInterval",
        slowInterval,
        ">= " + interval + ", the interval");
  }

  private static Duration least(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Duration orElse(@Nullable Duration set, Duration usual) {
    return set != null ? set : usual;
  }

  /** Asks every 5 seconds, down after 3 failures, up after 2 successes. */
  public static ActiveProbe of(HealthProbe probe) {
    return builder(probe).build();
  }

  /** Begins a check with other settings. */
  public static Builder builder(HealthProbe probe) {
    return new Builder(probe);
  }

  @Override
  public Run start(CheckContext context) {
    Prober prober = new Prober(this, context);
    prober.start();
    return prober;
  }

  @Override
  public String toString() {
    return "ActiveProbe["
        + probe
        + ", interval="
        + interval
        + ", jitter="
        + jitter
        + ", timeout="
        + timeout
        + ", rise="
        + rise
        + ", fall="
        + fall
        + ", fastInterval="
        + fastInterval
        + ", slowInterval="
        + slowInterval
        + ", initially="
        + (assumedUp ? "up" : "down")
        + "]";
  }

  /** Builds active probes. Not thread-safe. */
  public static final class Builder {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofHours(1);

    private final HealthProbe probe;
    private Duration interval = Duration.ofSeconds(5);
    private double jitter = 0.1;
    private @Nullable Duration timeout;
    private int rise = 2;
    private int fall = 3;
    private @Nullable Duration fastInterval;
    private @Nullable Duration slowInterval;
    private boolean assumedUp = true;

    private Builder(HealthProbe probe) {
      this.probe = requireNonNull(probe, "probe");
    }

    /**
     * From the beginning of a probe to that of the next. By default 5 seconds.
     *
     * @throws IllegalArgumentException unless it is from 10 milliseconds to 1 hour
     */
    public Builder interval(Duration interval) {
      this.interval = Expect.within("interval", interval, SHORTEST, LONGEST);
      return this;
    }

    /**
     * By which share each interval is made longer or shorter at random. By default 0.1.
     *
     * @throws IllegalArgumentException unless it is from 0 to 1
     */
    public Builder jitter(double share) {
      this.jitter = Expect.within("jitter", share, 0.0, 1.0);
      return this;
    }

    /**
     * How long an answer may take; it has to be below the interval. By default 1 second, or half of
     * an interval under 2 seconds.
     *
     * @throws IllegalArgumentException unless it is from 1 millisecond to 1 hour
     */
    public Builder timeout(Duration timeout) {
      this.timeout = Expect.within("timeout", timeout, Duration.ofMillis(1), LONGEST);
      return this;
    }

    /**
     * After how many successes in a row an endpoint that was down is up. By default 2.
     *
     * @throws IllegalArgumentException unless it is from 1 to 100
     */
    public Builder rise(int successes) {
      this.rise = Expect.within("rise", successes, 1, 100);
      return this;
    }

    /**
     * After how many failures in a row an endpoint that was up is down. By default 3.
     *
     * @throws IllegalArgumentException unless it is from 1 to 100
     */
    public Builder fall(int failures) {
      this.fall = Expect.within("fall", failures, 1, 100);
      return this;
    }

    /**
     * The interval from the first failure until the endpoint is up and answers again; at most as
     * long as the usual one. By default 1 second, or the usual one if that is shorter.
     *
     * @throws IllegalArgumentException unless it is from 10 milliseconds to 1 hour
     */
    public Builder fastInterval(Duration interval) {
      this.fastInterval = Expect.within("fastInterval", interval, SHORTEST, LONGEST);
      return this;
    }

    /**
     * The interval for an endpoint that is up and has had no request for a minute; at least as long
     * as the usual one. It ends within a usual interval after traffic has come back. By default 1
     * minute, or the usual one if that is longer.
     *
     * @throws IllegalArgumentException unless it is from 10 milliseconds to 1 day
     */
    public Builder slowInterval(Duration interval) {
      this.slowInterval = Expect.within("slowInterval", interval, SHORTEST, Duration.ofDays(1));
      return this;
    }

    /**
     * Lets an endpoint count as down until it has once answered well; that answer is then enough.
     * By default it counts as up until probes have failed.
     */
    public Builder initiallyDown() {
      this.assumedUp = false;
      return this;
    }

    /**
     * The check.
     *
     * @throws IllegalArgumentException if intervals and time limit do not fit together
     */
    public ActiveProbe build() {
      return new ActiveProbe(this);
    }
  }
}
