package io.evenkeel.lb.load;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * The average and the time of its last sample belong together. The load of an idle node shows both:
 * here, 1 ms of two tau ago is 0.14 ms, and 2 ms of one tau ago 0.74 ms. The average of one with
 * the time of the other would be 0.37 or 0.27 ms.
 */
public class PeakEwmaStress {
  private static final long TAU = TimeUnit.SECONDS.toNanos(10);
  private static final Decay DECAY = new Decay(TAU);

  private PeakEwmaStress() {}

  /** A reader beside a writer. */
  @JCStressTest
  @Outcome(id = "none", expect = ACCEPTABLE, desc = "before both samples")
  @Outcome(id = "first", expect = ACCEPTABLE, desc = "between them")
  @Outcome(id = "second", expect = ACCEPTABLE, desc = "after both")
  @State
  public static class Reading {
    private final PeakEwmaMeter meter = meter();

    /** Two samples. */
    @Actor
    public void write() {
      first(meter);
      second(meter);
    }

    /** A choice. */
    @Actor
    public void read(L_Result result) {
      result.r1 = name(meter.load(0, 3 * TAU));
    }
  }

  /** Two writers: the sample that comes second may win, or lose the race and be dropped. */
  @JCStressTest
  @Outcome(id = "first", expect = ACCEPTABLE, desc = "the second was dropped")
  @Outcome(id = "second", expect = ACCEPTABLE, desc = "the second is the peak")
  @State
  public static class Writing {
    private final PeakEwmaMeter meter = meter();

    /** A sample. */
    @Actor
    public void one() {
      first(meter);
    }

    /** A later and slower one. */
    @Actor
    public void other() {
      second(meter);
    }

    /** What was kept. */
    @Arbiter
    public void kept(L_Result result) {
      result.r1 = name(meter.load(0, 3 * TAU));
    }
  }

  private static PeakEwmaMeter meter() {
    return new PeakEwmaMeter(0, 0, DECAY, 0);
  }

  private static void first(PeakEwmaMeter meter) {
    meter.record(io.evenkeel.lb.Outcome.SUCCESS, 1_000_000, TAU);
  }

  private static void second(PeakEwmaMeter meter) {
    meter.record(io.evenkeel.lb.Outcome.SUCCESS, 2_000_000, 2 * TAU);
  }

  private static String name(double load) {
    if (load == 0) {
      return "none";
    }
    if (load > 125_000 && load < 145_000) {
      return "first";
    }
    return load > 725_000 && load < 750_000 ? "second" : "torn: " + load;
  }
}
