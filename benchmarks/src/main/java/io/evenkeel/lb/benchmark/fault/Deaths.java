package io.evenkeel.lb.benchmark.fault;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.evenkeel.lb.benchmark.fault.AttemptLog.Attempts;
import io.evenkeel.lb.strategy.WeightedRoundRobin;
import io.evenkeel.lb.testkit.rig.LoadResult;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import java.time.Duration;

/** Servers that die, stand still and come back. */
final class Deaths {
  private static final Duration CALM = Duration.ofMillis(1500);

  private Deaths() {}

  /**
   * An attempt counts as failed if it began after the signal; what was in the victim's hands at
   * that moment is beyond any client, and shown apart.
   */
  static Verdict.Figures kill(Pace pace) throws InterruptedException {
    try (FaultRig rig = FaultRig.start(pace)) {
      LoadResult result =
          rig.load(CALM.plusSeconds(4))
              .at(CALM, "kill", rig.step("kill", ServerProcess::kill))
              .build()
              .run(rig::send);
      long killed = rig.span("kill").begun();
      Attempts there = rig.log().attempts().at(rig.victimId());
      return new Verdict.Figures()
          .atMost(50, "lastAttemptMillis", millis(there.lastBegunAfter(killed)))
          .atMost(5, "failedAttempts", there.after(killed).failed().count())
          .add("cutOff", there.during(killed).failed().count())
          .add("failedRequests", result.failures())
          .add("p999Millis", millis(result.quantile(0.999).toNanos()))
          .add("starved", result.starved());
    }
  }

  /** An attempt is stuck if it was under way when the victim was stopped, or began after that. */
  static Verdict.Figures stop(Pace pace) throws InterruptedException {
    try (FaultRig rig = FaultRig.start(pace)) {
      LoadResult result =
          rig.load(CALM.plusSeconds(4))
              .at(CALM, "stop", rig.step("stop", ServerProcess::stop))
              .build()
              .run(rig::send);
      long stopped = rig.span("stop").begun();
      Attempts all = rig.log().attempts();
      Attempts there = all.at(rig.victimId());
      int stuck = there.after(stopped).failed().count() + there.during(stopped).failed().count();
      return new Verdict.Figures()
          .atMost(25, "stuckAttempts", stuck)
          .add("lastAttemptMillis", millis(there.lastBegunAfter(stopped)))
          .add("failedElsewhere", all.failed().count() - there.failed().count())
          .add("p999Millis", millis(result.quantile(0.999).toNanos()))
          .add("starved", result.starved());
    }
  }

  /**
   * A fair share is that of one among five, looked at for a second at a time. With a strategy that
   * deals them out: one that goes by latency may have no use for a fifth server.
   */
  static Verdict.Figures restart(Pace pace) throws InterruptedException {
    try (FaultRig rig = FaultRig.start(pace, WeightedRoundRobin.of())) {
      Duration back = CALM.plusSeconds(4);
      LoadResult result =
          rig.load(back.plus(Faults.RETURN).plusSeconds(3))
              .at(CALM, "kill", rig.step("kill", ServerProcess::kill))
              .at(back, "restart", rig.step("restart", ServerProcess::restart))
              .build()
              .run(rig::send);
      long open = rig.span("restart").done();
      long end = open + Faults.RETURN.plusSeconds(2).toNanos();
      long step = MILLISECONDS.toNanos(100);
      double[] shares =
          rig.log().attempts().shares(rig.victimId(), open, end, SECONDS.toNanos(1), step);
      double highest = 0;
      // If it never was: as long as it was looked at.
      double reached = (end - open) / 1e9;
      for (int i = 0; i < shares.length; i++) {
        double ofFair = shares[i] * Faults.SERVERS;
        highest = Math.max(highest, ofFair);
        if (ofFair >= 0.9) {
          reached = Math.min(reached, i * step / 1e9 + 1);
        }
      }
      return new Verdict.Figures()
          .atMost(Faults.RETURN.toMillis() / 1e3, "secondsToNineTenthsOfFairShare", reached)
          .atMost(1.5, "highestShareOfFair", highest)
          .add("failedRequests", result.failures())
          .add("starved", result.starved());
    }
  }

  static double millis(long nanos) {
    return nanos / 1e6;
  }
}
