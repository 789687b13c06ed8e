package io.evenkeel.lb.strategy;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Of five turns in a row, each of five positions gets one, wherever the cursor stands. */
public class CursorStress {
  private static final int POSITIONS = 5;

  /** An angle at which a step more brings the excess to half of a position. */
  private static final long LAST = Long.divideUnsigned((1L << 63) - 1, POSITIONS);

  private CursorStress() {}

  /** From the beginning. */
  @JCStressTest
  @Outcome(id = "5", expect = ACCEPTABLE, desc = "each position once")
  @State
  public static class AtTheBeginning {
    private final Cursor cursor = new Cursor(POSITIONS, 1, 0);
    private int one;
    private int other;

    /** Two turns. */
    @Actor
    public void one() {
      one = two(cursor);
    }

    /** Two turns. */
    @Actor
    public void other() {
      other = two(cursor);
    }

    /** The fifth turn, and how many positions there were. */
    @Arbiter
    public void last(I_Result result) {
      result.r1 = Integer.bitCount(one | other | 1 << cursor.next());
    }
  }

  /** Across the angle where the excess is taken off. */
  @JCStressTest
  @Outcome(id = "5", expect = ACCEPTABLE, desc = "each position once")
  @State
  public static class AtHalf {
    private final Cursor cursor = new Cursor(POSITIONS, 1, 0);
    private int one;
    private int other;

    /** Sets the cursor there. */
    public AtHalf() {
      Cursor.ANGLE.setVolatile(cursor, LAST);
    }

    /** Two turns. */
    @Actor
    public void one() {
      one = two(cursor);
    }

    /** Two turns. */
    @Actor
    public void other() {
      other = two(cursor);
    }

    /** The fifth turn, and how many positions there were. */
    @Arbiter
    public void last(I_Result result) {
      result.r1 = Integer.bitCount(one | other | 1 << cursor.next());
    }
  }

  private static int two(Cursor cursor) {
    int first = 1 << cursor.next();
    return first | 1 << cursor.next();
  }
}
