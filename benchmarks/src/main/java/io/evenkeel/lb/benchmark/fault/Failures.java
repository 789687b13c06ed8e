package io.evenkeel.lb.benchmark.fault;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.evenkeel.lb.benchmark.fault.AttemptLog.Attempts;
import io.evenkeel.lb.strategy.WeightedRoundRobin;
import io.evenkeel.lb.testkit.rig.LoadResult;
import io.evenkeel.lb.testkit.rig.OpenLoopLoad;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;

/** Servers that answer late or wrongly. */
final class Failures {
  private static final Duration CALM = Duration.ofMillis(1500);
  private static final int[] PERCENT = {0, 5, 10, 30, 60};
  private static final int STATUS = 500;

  private Failures() {}

  static Verdict.Figures slow(Pace pace) throws InterruptedException {
    try (FaultRig rig = FaultRig.start(pace)) {
      Duration slow = Faults.SERVICE_TIME.multipliedBy(10);
      LoadResult result = run(rig, victim -> victim.serviceTime(slow));
      return new Verdict.Figures()
          .atMost(
              0.05, "shareAfter2s", rig.log().attempts().after(settled(rig)).share(rig.victimId()))
          .add("p999Millis", Deaths.millis(result.after("fault").quantile(0.999).toNanos()))
          .add("failedRequests", result.failures())
          .add("starved", result.starved());
    }
  }

  /** Shares until it is out are looked at for half a second at a time. */
  static Verdict.Figures errors(Pace pace) throws InterruptedException {
    try (FaultRig rig = FaultRig.start(pace)) {
      LoadResult result = run(rig, victim -> victim.errors(1, STATUS));
      Attempts all = rig.log().attempts();
      long fault = rig.span("fault").begun();
      long half = MILLISECONDS.toNanos(500);
      double[] shares =
          all.shares(
              rig.victimId(), fault, fault + SECONDS.toNanos(4), half, MILLISECONDS.toNanos(50));
      return new Verdict.Figures()
          .atMost(20, "errors", all.at(rig.victimId()).failed().count())
          .atMost(0.02, "shareAfter2s", all.after(settled(rig)).share(rig.victimId()))
          .atMost(0.3, "highestShare", Arrays.stream(shares).max().orElse(0))
          .add("failedRequests", result.failures())
          .add("starved", result.starved());
    }
  }

  /**
   * It is out from the beginning of the first half second after which none has a share over 2 %.
   */
  static Verdict.Figures half(Pace pace) throws InterruptedException {
    try (FaultRig rig = FaultRig.start(pace)) {
      LoadResult result = run(rig, victim -> victim.errors(0.5, STATUS));
      Attempts all = rig.log().attempts();
      long fault = rig.span("fault").begun();
      long width = MILLISECONDS.toNanos(500);
      double[] shares = all.shares(rig.victimId(), fault, fault + SECONDS.toNanos(5), width, width);
      double out = 0;
      for (int i = 0; i < shares.length; i++) {
        if (shares[i] > 0.02) {
          out = (i + 1) * width / 1e9;
        }
      }
      return new Verdict.Figures()
          .atMost(3, "secondsUntilOut", out)
          .add("errors", all.at(rig.victimId()).failed().count())
          .add("failedRequests", result.failures())
          .add("starved", result.starved());
    }
  }

  /**
   * One load for each share of errors, with servers that go on from one to the next. The first one
   * has no errors, and no bound: it shows how far shares differ anyway.
   */
  static Verdict.Figures even(Pace pace) throws InterruptedException {
    Verdict.Figures figures = new Verdict.Figures();
    // Of a strategy that goes by latency, shares differ without any fault.
    try (FaultRig rig = FaultRig.start(pace, WeightedRoundRobin.of())) {
      for (int percent : PERCENT) {
        for (ServerProcess server : rig.servers()) {
          server.errors(percent / 100.0, STATUS);
        }
        rig.forget();
        OpenLoopLoad load = rig.load(Duration.ofSeconds(pace.quick() ? 8 : 15)).build();
        LoadResult unused = load.run(rig::send);
        Attempts all = rig.log().attempts();
        double spread = 0;
        for (int i = 0; i < Faults.SERVERS; i++) {
          double ofFair = all.share(FaultRig.id(i)) * Faults.SERVERS;
          spread = Math.max(spread, Math.abs(ofFair - 1));
        }
        if (percent == 0) {
          figures.add("spreadWithoutErrors", spread);
          continue;
        }
        String at = "At" + percent;
        figures
            .atMost(1, "ejectedOnAverage" + at, rig.watch().unfitOnAverage())
            .atMost(0, "panics" + at, rig.log().panics())
            .atMost(0.1, "spread" + at, spread);
      }
    }
    return figures;
  }

  /** A load with the fault after a while, and four seconds and more after it. */
  private static LoadResult run(FaultRig rig, Consumer<ServerProcess> fault)
      throws InterruptedException {
    return rig.load(CALM.plusSeconds(5))
        .at(CALM, "fault", rig.step("fault", fault))
        .build()
        .run(rig::send);
  }

  private static long settled(FaultRig rig) {
    return rig.span("fault").begun() + SECONDS.toNanos(2);
  }
}
