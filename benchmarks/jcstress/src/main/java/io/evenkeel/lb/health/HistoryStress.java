package io.evenkeel.lb.health;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JI_Result;
import org.openjdk.jcstress.infra.results.JZ_Result;

/**
 * Successes are left out of the history only while there is no failure in it, so none may be in it
 * unnoticed.
 */
public class HistoryStress {
  private HistoryStress() {}

  /** What is left, whether or not it is noticed. */
  private static void look(Subject subject, JZ_Result result) {
    result.r1 = subject.history();
    result.r2 = (subject.attention() & Tally.FAILURES) != 0;
  }

  /** The last failure leaves the history while another comes. */
  @JCStressTest
  @Outcome(
      id = {"1, true", "2, true"},
      expect = ACCEPTABLE,
      desc = "the other came last, or first")
  @State
  public static class LastLeaves {
    private final Subject subject = Judged.subject();

    /** A failure, and as many successes as there is room for. */
    public LastLeaves() {
      Judged.fail(subject);
      for (int i = 1; i < Long.SIZE; i++) {
        subject.recovers();
      }
    }

    /** Pushes it out. */
    @Actor
    public void success() {
      subject.recovers();
    }

    /** Another. */
    @Actor
    public void failure() {
      Judged.fail(subject);
    }

    /** What is left. */
    @Arbiter
    public void left(JZ_Result result) {
      look(subject, result);
    }
  }

  /** What was is forgotten while a failure comes. */
  @JCStressTest
  @Outcome(id = "1, true", expect = ACCEPTABLE, desc = "it came after")
  @Outcome(
      id = {"0, false", "0, true"},
      expect = ACCEPTABLE,
      desc = "forgotten; that one looks in vain costs nothing")
  @State
  public static class Forgotten {
    private final Subject subject = Judged.subject();

    /** A failure from before. */
    public Forgotten() {
      Judged.fail(subject);
    }

    /** The control thread. */
    @Actor
    public void forget() {
      subject.forget();
    }

    /** Another. */
    @Actor
    public void failure() {
      Judged.fail(subject);
    }

    /** What is left. */
    @Arbiter
    public void left(JZ_Result result) {
      look(subject, result);
    }
  }

  /** Outcomes at once are all counted, and the history has one place for each. */
  @JCStressTest
  @Outcome(
      id = {"3, 2"},
      expect = ACCEPTABLE,
      desc = "nothing is lost")
  @State
  public static class Counts {
    private final Subject subject = Judged.subject();

    /** A failure. */
    @Actor
    public void one() {
      Judged.fail(subject);
      subject.success(1 << Tally.LATENCY_SHIFT);
    }

    /** Another. */
    @Actor
    public void other() {
      Judged.fail(subject);
      subject.success(2 << Tally.LATENCY_SHIFT);
    }

    /** The sum of the latencies, and how many there were of each if the same. */
    @Arbiter
    public void left(JI_Result result) {
      long succeeded = subject.succeeded();
      long count = succeeded & (1L << Tally.COUNT_BITS) - 1;
      result.r1 = succeeded >>> Tally.COUNT_BITS;
      result.r2 = subject.failed() == count && subject.history() == 3 ? (int) count : -1;
    }
  }
}
