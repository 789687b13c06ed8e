package io.evenkeel.lb.testkit.cluster;

import static io.evenkeel.lb.testkit.cluster.Expect.expect;
import static io.evenkeel.lb.testkit.cluster.Expect.expectShare;
import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * How long a server works on a request while it has its normal speed: a distribution to draw from.
 * An implementation of one's own must be immutable and draw from the given generator alone, so that
 * a run can be repeated.
 */
@FunctionalInterface
public interface ServiceTime {
  /** Draws a time in nanoseconds, at least 0 and finite. */
  double nanos(RandomGenerator random);

  /** The same time for each request. */
  static ServiceTime constant(Duration time) {
    long nanos = expectTime("time", time);
    return new Distribution("constant " + time, random -> nanos);
  }

  /** Exponentially distributed times: what M/M/1 and its kin are about. */
  static ServiceTime exponential(Duration mean) {
    long nanos = expectTime("mean", mean);
    return new Distribution("exponential " + mean, random -> Exponential.draw(random) * nanos);
  }

  /**
   * One of two distributions for each request: cache hits and misses, say, or reads and writes.
   *
   * @param share the share of requests that take {@code other}, from 0 to 1
   */
  static ServiceTime bimodal(ServiceTime usual, ServiceTime other, double share) {
    requireNonNull(usual, "usual");
    requireNonNull(other, "other");
    expectShare("share", share);
    return new Distribution(
        "bimodal " + usual + ", " + share + " of it " + other,
        random -> (random.nextDouble() < share ? other : usual).nanos(random));
  }

  /**
   * Times that were measured: each is as likely as the others.
   *
   * @throws IllegalArgumentException if there are none
   */
  static ServiceTime empirical(Duration... samples) {
    expect(samples.length > 0, "samples", samples.length, ">= 1");
    long[] nanos = Arrays.stream(samples).mapToLong(s -> expectTime("samples", s)).toArray();
    return new Distribution(
        "empirical of " + nanos.length,
        random -> nanos[(int) (random.nextDouble() * nanos.length)]);
  }

  private static long expectTime(String setting, Duration time) {
    return Expect.expectTime(setting, time, Duration.ZERO, Duration.ofHours(1));
  }
}
