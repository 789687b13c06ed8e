package io.evenkeel.lb.failover;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.D_Result;
import org.openjdk.jcstress.infra.results.ZZD_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** A budget never grants more than was earned, and what was earned is not lost. */
public class BudgetStress {
  private static final io.evenkeel.lb.Outcome FAILURE = io.evenkeel.lb.Outcome.FAILURE;
  private static final io.evenkeel.lb.Outcome SUCCESS = io.evenkeel.lb.Outcome.SUCCESS;

  private BudgetStress() {}

  /** A call that allows for one retry begins, while one is taken; the reserve is empty. */
  @JCStressTest
  @Outcome(
      id = {"true, false, 0.0", "false, true, 0.0"},
      expect = ACCEPTABLE,
      desc = "the call's retry is taken then, or later; never twice")
  @State
  public static class BeginsWhileTaken {
    private final RetryBudget budget = RetryBudget.ofRate(1, Duration.ofSeconds(10));

    /** What there is to begin with is gone. */
    public BeginsWhileTaken() {
      budget.take(0);
    }

    /** A call. */
    @Actor
    public void begins() {
      budget.begun(0);
    }

    /** Another fails. */
    @Actor
    public void takes(ZZD_Result result) {
      result.r1 = budget.take(0);
    }

    /** Afterwards. */
    @Arbiter
    public void after(ZZD_Result result) {
      result.r2 = budget.take(0);
      result.r3 = budget.available(0);
    }
  }

  /** Two calls fail where the share allows for one retry, and the reserve is empty. */
  @JCStressTest
  @Outcome(
      id = {"true, false, false", "false, true, false"},
      expect = ACCEPTABLE,
      desc = "one has it")
  @Outcome(
      id = "false, false, true",
      expect = ACCEPTABLE,
      desc = "both met at the limit and were refused; it is left")
  @State
  public static class TakenTwice {
    private final RetryBudget budget = RetryBudget.ofRate(1, Duration.ofSeconds(10));

    /** The reserve is gone, and one call has begun. */
    public TakenTwice() {
      budget.take(0);
      budget.begun(0);
    }

    /** One. */
    @Actor
    public void one(ZZZ_Result result) {
      result.r1 = budget.take(0);
    }

    /** Another. */
    @Actor
    public void other(ZZZ_Result result) {
      result.r2 = budget.take(0);
    }

    /** A third. */
    @Arbiter
    public void third(ZZZ_Result result) {
      result.r3 = budget.take(0);
    }
  }

  /** A success lifts a bucket above its half, while a retry is asked for. */
  @JCStressTest
  @Outcome(
      id = {"true, true, 0.5", "false, true, 0.5"},
      expect = ACCEPTABLE,
      desc = "after the success, or before; it is counted")
  @State
  public static class SuccessWhileTaken {
    private final RetryBudget budget = RetryBudget.ofTokens(2, 0.5);

    /** Half full, which is too little. */
    public SuccessWhileTaken() {
      budget.ended(FAILURE, 1, 0);
    }

    /** Another call. */
    @Actor
    public void succeeds() {
      budget.ended(SUCCESS, 1, 0);
    }

    /** A call that has failed. */
    @Actor
    public void takes(ZZD_Result result) {
      result.r1 = budget.take(0);
    }

    /** Afterwards. */
    @Arbiter
    public void after(ZZD_Result result) {
      result.r2 = budget.take(0);
      result.r3 = budget.available(0);
    }
  }

  /** Two calls fail, and ask for a retry, while there are tokens for the one that is first. */
  @JCStressTest
  @Outcome(
      id = {"true, false, 0.0", "false, true, 0.0"},
      expect = ACCEPTABLE,
      desc = "the first has one")
  @Outcome(
      id = "false, false, 0.0",
      expect = ACCEPTABLE,
      desc = "both have failed before either asks")
  @State
  public static class TwoFail {
    private final RetryBudget budget = RetryBudget.ofTokens(4, 1);

    private boolean fails() {
      budget.ended(FAILURE, 1, 0);
      return budget.take(0);
    }

    /** One. */
    @Actor
    public void one(ZZD_Result result) {
      result.r1 = fails();
    }

    /** Another. */
    @Actor
    public void other(ZZD_Result result) {
      result.r2 = fails();
    }

    /** How many are left. */
    @Arbiter
    public void after(ZZD_Result result) {
      result.r3 = budget.available(0);
    }
  }

  /** A bucket with four places, after some failures; how many are over its half at last. */
  private static final class Bucket {
    private final RetryBudget budget = RetryBudget.ofTokens(4, 1);

    Bucket(int failures) {
      for (int i = 0; i < failures; i++) {
        fails();
      }
    }

    void fails() {
      budget.ended(FAILURE, 1, 0);
    }

    void succeeds() {
      budget.ended(SUCCESS, 1, 0);
    }

    double left() {
      return budget.available(0);
    }
  }

  /** A failure and a success at once. */
  @JCStressTest
  @Outcome(id = "1.0", expect = ACCEPTABLE, desc = "both are counted")
  @State
  public static class BothCounted {
    private final Bucket three = new Bucket(1);

    /** One that fails. */
    @Actor
    public void fails() {
      three.fails();
    }

    /** One that succeeds. */
    @Actor
    public void succeeds() {
      three.succeeds();
    }

    /** Afterwards. */
    @Arbiter
    public void after(D_Result result) {
      result.r1 = three.left();
    }
  }

  /** Two fail where there is one token. */
  @JCStressTest
  @Outcome(id = "1.0", expect = ACCEPTABLE, desc = "empty, so that three more are over the half")
  @State
  public static class NeverBelowEmpty {
    private final Bucket one = new Bucket(3);

    /** One that fails. */
    @Actor
    public void fails() {
      one.fails();
    }

    /** Another. */
    @Actor
    public void failsToo() {
      one.fails();
    }

    /** After three successes. */
    @Arbiter
    public void after(D_Result result) {
      for (int i = 0; i < 3; i++) {
        one.succeeds();
      }
      result.r1 = one.left();
    }
  }

  /** Two succeed where there is room for one token. */
  @JCStressTest
  @Outcome(id = "2.0", expect = ACCEPTABLE, desc = "full")
  @State
  public static class NeverOverFull {
    private final Bucket three = new Bucket(1);

    /** One that succeeds. */
    @Actor
    public void succeeds() {
      three.succeeds();
    }

    /** Another. */
    @Actor
    public void succeedsToo() {
      three.succeeds();
    }

    /** Afterwards. */
    @Arbiter
    public void after(D_Result result) {
      result.r1 = three.left();
    }
  }
}
