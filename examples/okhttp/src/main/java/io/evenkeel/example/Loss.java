package io.evenkeel.example;

import io.evenkeel.lb.failover.FailoverException.Reason;
import java.util.Map;

/**
 * What a failover lost while servers were left, which should be nothing. Requests that were given
 * up unsent, because too many were in flight, are not among it: they say that this rate is too much
 * for this machine.
 *
 * @param requests how many failed although they were sent
 * @param why how many of them the failover gave up, by its reason; the others it never knew of
 * @param standstillMillis for how long the machine stood still; one that does proves nothing, since
 *     a request may have a third of its two seconds for an attempt
 */
record Loss(long requests, Map<Reason, Long> why, double standstillMillis) {
  private static final double STANDSTILL_MILLIS = 50;

  /** That of a run with a failover. */
  static Loss of(Figures run) {
    return new Loss(
        run.failed() - run.overflowed(),
        run.calls() == null ? Map.of() : run.calls().givenUp(),
        run.delays().stream().mapToDouble(Punctuality.Delay::millis).max().orElse(0));
  }

  /** Whether something was lost, and nothing but the failover is to blame. */
  boolean isFault() {
    return requests > 0 && standstillMillis < STANDSTILL_MILLIS;
  }

  @Override
  public String toString() {
    return requests
        + " requests failed while servers were left (expected: none); given up: "
        + why
        + (isFault()
            ? ""
            : Text.format(
                "; the machine stood still for %.0f ms, so this fails nothing", standstillMillis));
  }
}
