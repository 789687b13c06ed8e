package io.evenkeel.example;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * When requests are due: in each second exactly as many as the rate says, at moments drawn evenly
 * at random, so that they bunch as they do where many users share a service. The same seed gives
 * the same moments.
 */
final class Arrivals {
  static final long END = -1;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final int seconds;
  private final SplittableRandom random;
  private final long[] second;
  private int used;
  private int begun;

  Arrivals(int rate, int seconds, long seed) {
    this.seconds = seconds;
    this.random = new SplittableRandom(seed);
    this.second = new long[rate];
    this.used = rate;
  }

  /** Nanoseconds from the start to the next request, never less than the last; or {@link #END}. */
  long next() {
    if (used == second.length) {
      if (begun == seconds) {
        return END;
      }
      for (int i = 0; i < second.length; i++) {
        second[i] = begun * SECOND + random.nextLong(SECOND);
      }
      Arrays.sort(second);
      begun++;
      used = 0;
    }
    return second[used++];
  }
}
