package io.evenkeel.lb.health;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** On probation a node lets one request in at a time, and never none for good. */
public class TrialStress {
  private TrialStress() {}

  /** Two requests begin; meanwhile one ends that began before the probation. */
  @JCStressTest
  @Outcome(
      id = {"true, false, false", "false, true, false"},
      expect = ACCEPTABLE,
      desc = "one was let in")
  @State
  public static class TwoBegins {
    private final Subject subject = Judged.onProbation();

    /** One. */
    @Actor
    public void one(ZZZ_Result result) {
      result.r1 = subject.admit(1);
    }

    /** Another, after the end of one from before. */
    @Actor
    public void other(ZZZ_Result result) {
      Judged.cancel(subject, -1);
      result.r2 = subject.admit(2);
    }

    /** While the trial is under way. */
    @Arbiter
    public void third(ZZZ_Result result) {
      result.r3 = subject.admit(3);
    }
  }

  /** The end of a trial against the begin of the next. */
  @JCStressTest
  @Outcome(
      id = {"true, false", "false, true"},
      expect = ACCEPTABLE,
      desc = "one was let in, then or later")
  @State
  public static class Ends {
    private final Subject subject = Judged.onProbation();

    /** A trial. */
    public Ends() {
      subject.admit(1);
    }

    /** It says nothing. */
    @Actor
    public void ends() {
      Judged.cancel(subject, 1);
    }

    /** The next. */
    @Actor
    public void next(ZZ_Result result) {
      result.r1 = subject.admit(2);
    }

    /** The one after that. */
    @Arbiter
    public void last(ZZ_Result result) {
      result.r2 = subject.admit(3);
    }
  }

  /** A request ends, and what it showed is to be used once, as whoever hears of it twice tries. */
  @JCStressTest
  @Outcome(
      id = {"true, false", "false, true"},
      expect = ACCEPTABLE,
      desc = "used once")
  @State
  public static class EndsTwice {
    private final Subject subject = Judged.onProbation();

    /** A trial. */
    public EndsTwice() {
      subject.admit(1);
    }

    /** Once. */
    @Actor
    public void once(ZZ_Result result) {
      result.r1 = subject.endTrial(1);
    }

    /** And again. */
    @Actor
    public void again(ZZ_Result result) {
      result.r2 = subject.endTrial(1);
    }
  }

  /** One probation is over and another begins while a trial of the first ends. */
  @JCStressTest
  @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the second has a permit of its own")
  @State
  public static class Renewed {
    private final Subject subject = Judged.onProbation();

    /** A trial of the first. */
    public Renewed() {
      subject.admit(1);
    }

    /** The control thread. */
    @Actor
    public void renew() {
      subject.gate(false);
      subject.gate(true);
    }

    /** The end of the trial. */
    @Actor
    public void end() {
      Judged.cancel(subject, 1);
    }

    /** Two requests, one after the other. */
    @Arbiter
    public void next(ZZ_Result result) {
      result.r1 = subject.admit(2);
      result.r2 = subject.admit(3);
    }
  }

  /** A probation begins while a request does. */
  @JCStressTest
  @Outcome(
      id = "true, true, false",
      expect = ACCEPTABLE,
      desc = "it was let in before, and a trial after it")
  @Outcome(id = "true, false, false", expect = ACCEPTABLE, desc = "it is the trial")
  @State
  public static class Begins {
    private final Subject subject = Judged.subject();

    /** The control thread. */
    @Actor
    public void gate() {
      subject.gate(true);
    }

    /** A request. */
    @Actor
    public void begin(ZZZ_Result result) {
      result.r1 = subject.admit(1);
    }

    /** Two more. */
    @Arbiter
    public void next(ZZZ_Result result) {
      result.r2 = subject.admit(2);
      result.r3 = subject.admit(3);
    }
  }
}
