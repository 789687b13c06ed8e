package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CursorTest {
  private static final BigInteger TURN = BigInteger.ONE.shiftLeft(64);
  private static final BigInteger HALF = BigInteger.ONE.shiftLeft(63);

  @Test
  void positionsFollowEachOtherByTheStep() {
    SplittableRandom random = new SplittableRandom(7);
    for (int trial = 0; trial < 2_000; trial++) {
      int modulus = modulus(trial, random);
      int step = 1 + random.nextInt(modulus);
      int start = random.nextInt(modulus);
      assertSequence(new Cursor(modulus, step, start), modulus, step, start);
    }
  }

  @Test
  void noPositionChangesWhereTheExcessIsTakenOff() {
    SplittableRandom random = new SplittableRandom(8);
    for (int trial = 0; trial < 2_000; trial++) {
      int modulus = modulus(trial, random);
      int step = 1 + random.nextInt(modulus);
      int start = random.nextInt(modulus);
      Cursor cursor = new Cursor(modulus, step, 0);
      BigInteger gain = excess(cursor.step, modulus);
      if (gain.intValue() <= modulus / 50) {
        continue; // Half of a position is not reached within this sequence, or never.
      }
      BigInteger before = HALF.subtract(gain.multiply(BigInteger.valueOf(random.nextInt(40))));
      Cursor.ANGLE.setVolatile(cursor, angle(start, before, modulus));

      assertSequence(cursor, modulus, step, start);

      long angle = (long) Cursor.ANGLE.getVolatile(cursor);
      assertThat(excess(angle, modulus))
          .as("excess, modulus %d, step %d", modulus, step)
          .isLessThan(BigInteger.valueOf(102L * modulus));
    }
  }

  private static int modulus(int trial, SplittableRandom random) {
    return trial < 100 ? 1 + trial : 1 + random.nextInt(1 << (1 + trial % 30));
  }

  private static void assertSequence(Cursor cursor, int modulus, int step, int start) {
    long position = start;
    for (int i = 0; i < 100; i++) {
      assertThat(List.of(cursor.peek(), cursor.peek(), cursor.next()))
          .as("modulus %d, step %d, start %d, draw %d", modulus, step, start, i)
          .containsOnly((int) position);
      position = (position + step) % modulus;
    }
  }

  /** The greatest angle at which a position is no further past its beginning. */
  private static long angle(int position, BigInteger excess, int modulus) {
    BigInteger divisor = BigInteger.valueOf(modulus);
    BigInteger product = BigInteger.valueOf(position).multiply(TURN).add(excess);
    return product.divide(divisor).longValue();
  }

  private static BigInteger excess(long angle, int modulus) {
    return BigInteger.valueOf(angle).multiply(BigInteger.valueOf(modulus)).mod(TURN);
  }
}
