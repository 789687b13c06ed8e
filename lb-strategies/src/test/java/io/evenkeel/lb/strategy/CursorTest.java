package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CursorTest {
  private static final long LIMIT = 1L << 62;

  @Test
  void positionsAreTheTicketsModuloTheModulusWithoutAJumpAtAnyTicket() {
    SplittableRandom random = new SplittableRandom(7);
    for (long edge : new long[] {0, 1L << 31, 1L << 32, 1L << 53, LIMIT}) {
      for (int trial = 0; trial < 300; trial++) {
        int modulus = trial < 100 ? 1 + trial : 1 + random.nextInt(1 << (1 + trial % 30));
        int step = 1 + random.nextInt(modulus);
        long start = Math.max(0, edge - (long) random.nextInt(50) * step - random.nextInt(step));
        assertSequence(modulus, step, Math.min(start, LIMIT - 1));
      }
    }
  }

  private static void assertSequence(int modulus, int step, long start) {
    Cursor cursor = new Cursor(modulus, step, start);
    BigInteger ticket = BigInteger.valueOf(start);
    for (int i = 0; i < 100; i++) {
      int position = ticket.mod(BigInteger.valueOf(modulus)).intValue();
      assertThat(List.of(cursor.peek(), cursor.peek(), cursor.next()))
          .as("modulus %d, step %d, start %d, draw %d", modulus, step, start, i)
          .containsOnly(position);
      ticket = ticket.add(BigInteger.valueOf(step));
    }
    assertThat(cursor.ticket()).isBetween(0L, LIMIT + 100L * step);
  }

  @Test
  void theCounterComesBackBelowTheLimit() {
    Cursor cursor = new Cursor(7, 1, LIMIT - 1);
    for (int i = 0; i < 10; i++) {
      cursor.next();
    }
    assertThat(cursor.ticket()).isLessThan(100);
  }

  @Test
  void anyStartIsTakenIntoRange() {
    for (long start : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 63}) {
      Cursor cursor = new Cursor(3, 1, start);
      assertThat(cursor.next()).isBetween(0, 2);
    }
  }
}
