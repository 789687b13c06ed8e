package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.testkit.Pauses;
import io.evenkeel.lb.testkit.rig.LoadResult;
import io.evenkeel.lb.testkit.rig.OpenLoopLoad;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The client's own process does not run for a while, as when its machine is suspended. What it has
 * missed is no fault of the servers; and all that is due at once afterwards, most of it too late
 * already, must not keep it busy with itself.
 */
final class Standstill {
  private static final int TIMES = 3;
  private static final Duration PERIOD = Duration.ofSeconds(12);
  private static final Duration LENGTH = Duration.ofMillis(800);

  private Standstill() {}

  static Verdict.Figures run(Pace pace) throws InterruptedException {
    try (FaultRig rig = FaultRig.start(pace);
        Retrying client = rig.retrying()) {
      OpenLoopLoad.Builder load =
          rig.load(Rescues.CALM.plus(PERIOD.multipliedBy(TIMES))).patience(PERIOD);
      List<String> names = new ArrayList<>();
      for (int i = 0; i < TIMES; i++) {
        names.add("standstill " + i);
        load.at(
            Rescues.CALM.plus(PERIOD.multipliedBy(i)),
            names.get(i),
            () -> Pauses.standStill(LENGTH));
      }
      LoadResult result = load.build().run(client::get);
      double seconds = 0;
      for (String name : names) {
        Duration over = result.mark(name).done();
        Duration next = result.mark(name).begun().plus(PERIOD);
        seconds = Math.max(seconds, Outage.secondsToGoodput(result, over, next));
      }
      return new Verdict.Figures()
          .atMost(1, "secondsTo95PercentGoodput", seconds)
          .atMost(0, "changesOfAHostInAMinute", rig.watch().mostChanges())
          .add("failedGets", result.failures())
          .add("p999Millis", Deaths.millis(result.quantile(0.999).toNanos()))
          .add("starved", result.starved())
          .failuresOf(result);
    }
  }
}
