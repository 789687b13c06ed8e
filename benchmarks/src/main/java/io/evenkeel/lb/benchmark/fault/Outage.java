package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.benchmark.fault.AttemptLog.Attempts;
import io.evenkeel.lb.testkit.rig.LoadResult;
import io.evenkeel.lb.testkit.rig.OpenLoopLoad;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** All servers are gone for a while. The same for whoever sends the requests. */
final class Outage {
  private static final Duration WINDOW = Duration.ofSeconds(10);
  private static final Duration STEP = Duration.ofMillis(500);

  private Outage() {}

  /**
   * Requests are counted when they begin, attempts too. Goodput is looked at for half a second at a
   * time, and counts from when the last server listens.
   *
   * @param attempts those that have ended, asked for at the end
   */
  static Verdict.Figures run(
      Pace pace,
      OpenLoopLoad.Sender sender,
      OpenLoopLoad.Step kill,
      OpenLoopLoad.Step restart,
      Supplier<Attempts> attempts)
      throws InterruptedException {
    Duration calm = Duration.ofSeconds(pace.quick() ? 10 : 30);
    Duration back = calm.plusSeconds(pace.quick() ? 15 : 60);
    Duration end = back.plus(calm);
    AtomicLong killed = new AtomicLong();
    LoadResult result =
        pace.load(end)
            .at(
                calm,
                "kill",
                () -> {
                  killed.set(System.nanoTime());
                  kill.run();
                })
            .at(back, "restart", restart)
            .build()
            .run(sender);
    // From the time of the load to that of the attempts.
    long start = killed.get() - result.mark("kill").begun().toNanos();
    Attempts all = attempts.get().after(start);
    return new Verdict.Figures()
        .atMost(1.2, "attemptsPerRequestInTenSeconds", worst(result, all, start, end))
        .atMost(1.1, "attemptsPerRequest", (double) all.count() / result.count())
        .atMost(
            5,
            "secondsTo95PercentGoodput",
            secondsToGoodput(result, result.mark("restart").done(), end))
        .add("failedRequests", result.failures())
        .add("starved", result.starved())
        .failuresOf(result);
  }

  private static double worst(LoadResult result, Attempts all, long start, Duration end) {
    double worst = 0;
    for (Duration from = Duration.ZERO;
        from.plus(WINDOW).compareTo(end) <= 0;
        from = from.plus(STEP)) {
      long at = start + from.toNanos();
      int attempts = all.between(at, at + WINDOW.toNanos()).count();
      int requests = result.between(from, from.plus(WINDOW)).count();
      worst = Math.max(worst, (double) attempts / requests);
    }
    return worst;
  }

  /** From a time on, until goodput is what it should be and stays so until the end. */
  static double secondsToGoodput(LoadResult result, Duration open, Duration end) {
    double seconds = 0;
    for (int i = 0; open.plus(STEP.multipliedBy(i + 1)).compareTo(end) <= 0; i++) {
      Duration from = open.plus(STEP.multipliedBy(i));
      LoadResult part = result.between(from, from.plus(STEP));
      if (part.failures() > 0.05 * part.count()) {
        seconds = (i + 1) * STEP.toMillis() / 1e3;
      }
    }
    return seconds;
  }
}
