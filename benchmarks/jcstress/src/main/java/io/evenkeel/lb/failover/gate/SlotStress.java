package io.evenkeel.lb.failover.gate;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZZ_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Half open a breaker lets in as many trials as it may, and no permit is lost. */
public class SlotStress {
  private static final io.evenkeel.lb.Outcome CANCELLED = io.evenkeel.lb.Outcome.CANCELLED;
  private static final io.evenkeel.lb.Outcome SUCCESS = io.evenkeel.lb.Outcome.SUCCESS;

  private SlotStress() {}

  /** Two requests begin where one trial is permitted; meanwhile one of before ends. */
  @JCStressTest
  @Outcome(
      id = {"true, false, false", "false, true, false"},
      expect = ACCEPTABLE,
      desc = "one was let in")
  @State
  public static class TwoBegins {
    private final Tried tried = new Tried(1);

    /** One. */
    @Actor
    public void one(ZZZ_Result result) {
      result.r1 = tried.begin(1);
    }

    /** Another, after the end of one from before. */
    @Actor
    public void other(ZZZ_Result result) {
      tried.end(-5, CANCELLED);
      result.r2 = tried.begin(2);
    }

    /** While the trial is under way. */
    @Arbiter
    public void third(ZZZ_Result result) {
      result.r3 = tried.begin(3);
    }
  }

  /** A trial is cancelled against the begin of the next. */
  @JCStressTest
  @Outcome(
      id = {"true, false", "false, true"},
      expect = ACCEPTABLE,
      desc = "its permit went to one, then or later")
  @State
  public static class Cancelled {
    private final Tried tried = new Tried(1);

    /** A trial. */
    public Cancelled() {
      tried.begin(1);
    }

    /** It says nothing. */
    @Actor
    public void ends() {
      tried.end(1, CANCELLED);
    }

    /** The next. */
    @Actor
    public void next(ZZ_Result result) {
      result.r1 = tried.begin(2);
    }

    /** The one after that. */
    @Arbiter
    public void last(ZZ_Result result) {
      result.r2 = tried.begin(3);
    }
  }

  /** Two trials of the same stamp, which cannot be told apart, are cancelled. */
  @JCStressTest
  @Outcome(id = "true, true, false", expect = ACCEPTABLE, desc = "both permits are free again")
  @State
  public static class Twins {
    private final Tried tried = new Tried(2);

    /** Two trials. */
    public Twins() {
      tried.begin(1);
      tried.begin(1);
    }

    /** One ends. */
    @Actor
    public void one() {
      tried.end(1, CANCELLED);
    }

    /** The other ends. */
    @Actor
    public void other() {
      tried.end(1, CANCELLED);
    }

    /** Three more. */
    @Arbiter
    public void next(ZZZ_Result result) {
      result.r1 = tried.begin(2);
      result.r2 = tried.begin(3);
      result.r3 = tried.begin(4);
    }
  }

  /** Of two trials of the same stamp one succeeds and the other is cancelled. */
  @JCStressTest
  @Outcome(id = "1, true, false", expect = ACCEPTABLE, desc = "one result, and one more trial")
  @State
  public static class UnlikeTwins {
    private final Tried tried = new Tried(2);

    /** Two trials. */
    public UnlikeTwins() {
      tried.begin(1);
      tried.begin(1);
    }

    /** One ends. */
    @Actor
    public void one() {
      tried.end(1, SUCCESS);
    }

    /** The other ends. */
    @Actor
    public void other() {
      tried.end(1, CANCELLED);
    }

    /** How many results there are, and two more trials. */
    @Arbiter
    public void next(IZZ_Result result) {
      result.r1 = tried.results();
      result.r2 = tried.begin(2);
      result.r3 = tried.begin(3);
    }
  }
}
