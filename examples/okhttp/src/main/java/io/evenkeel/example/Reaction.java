package io.evenkeel.example;

import io.evenkeel.example.Figures.Change;
import io.evenkeel.example.Figures.Mark;
import io.evenkeel.lb.health.HealthState;
import java.util.ArrayList;
import java.util.List;

/**
 * How soon a server that was killed was out of service.
 *
 * @param server its id
 * @param millis from when it was dead; infinite if that was never noticed
 * @param boundMillis in how many it has to be
 * @param delayMillis how late a timer was meanwhile; a machine that is so busy proves nothing
 */
record Reaction(String server, double millis, double boundMillis, double delayMillis) {
  private static final double BOUND_MILLIS = 50;

  /** As many requests as come in 50 ms at the usual rate: without any, nobody can know. */
  private static final double REQUESTS = 25;

  /** A timer that was late just before counts, too: whoever had the machine then has it now. */
  private static final double BEFORE_SECONDS = 0.1;

  /** One for each server that was killed in a run. */
  static List<Reaction> of(Figures run, int rate) {
    double bound = Math.max(BOUND_MILLIS, 1000 * REQUESTS / rate);
    List<Reaction> reactions = new ArrayList<>();
    for (Mark mark : run.marks()) {
      // An interrupted run may have ended before anybody could know.
      if (mark.kind() == Fault.Kind.KILL && mark.second() + bound / 1000 < run.seconds()) {
        double millis = millis(run, mark);
        reactions.add(
            new Reaction(mark.endpoint(), millis, bound, delay(run, mark.second(), bound)));
      }
    }
    return reactions;
  }

  private static double millis(Figures run, Mark killed) {
    HealthState before = HealthState.UP;
    for (Change change : run.changes()) {
      if (change.endpoint().equals(killed.endpoint())) {
        if (change.second() < killed.second()) {
          before = change.to();
        } else if (before.isInService() && !change.to().isInService()) {
          return 1000 * (change.second() - killed.second());
        }
      }
    }
    return before.isInService() ? Double.POSITIVE_INFINITY : 0;
  }

  private static double delay(Figures run, double killed, double boundMillis) {
    return run.delays().stream()
        .filter(delay -> delay.to() >= killed - BEFORE_SECONDS)
        .filter(delay -> delay.from() <= killed + boundMillis / 1000)
        .mapToDouble(Punctuality.Delay::millis)
        .max()
        .orElse(0);
  }

  /** Whether it took too long, and nothing but the balancer is to blame. */
  boolean isTooLate() {
    return millis > boundMillis && delayMillis == 0;
  }

  @Override
  public String toString() {
    String bound = Text.format(" (expected: within %.0f ms)", boundMillis);
    String found =
        millis == Double.POSITIVE_INFINITY
            ? server + " was killed, and never out of service"
            : Text.format("%s was out %.0f ms after it was killed", server, millis);
    String busy =
        Text.format(
            "; the machine was busy: a timer of 10 ms was %.0f ms late, so this fails nothing",
            delayMillis);
    return found + bound + (millis > boundMillis && delayMillis > 0 ? busy : "");
  }
}
