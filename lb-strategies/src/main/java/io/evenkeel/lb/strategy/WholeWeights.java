package io.evenkeel.lb.strategy;

/** Turns weights into whole numbers in the same proportion, as small as possible. */
final class WholeWeights {
  private static final long MAX_SUM = 1 << 30;
  private static final double ROUNDED_SUM = 1 << 28;
  private static final double TOLERANCE = 1e-9;
  private static final int CANDIDATES = 128;
  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  private WholeWeights() {}

  /**
   * Whole weights, each at least 1, with a sum below 2^31.
   *
   * @param weights each above 0 and finite
   */
  static int[] of(double[] weights) {
    for (double factor = 1; factor <= 1e6; factor *= 10) {
      int[] exact = exact(weights, factor);
      if (exact.length > 0) {
        return reduced(exact);
      }
    }
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    int[] rounded = new int[weights.length];
    for (int i = 0; i < weights.length; i++) {
      rounded[i] = (int) Math.max(1, Math.round(weights[i] / sum * ROUNDED_SUM));
    }
    return reduced(rounded);
  }

  /** The weights times the factor, or nothing if that is not whole or too large. */
  private static int[] exact(double[] weights, double factor) {
    int[] whole = new int[weights.length];
    long sum = 0;
    for (int i = 0; i < weights.length; i++) {
      double scaled = weights[i] * factor;
      double nearest = Math.rint(scaled);
      if (nearest < 1 || Math.abs(scaled - nearest) > TOLERANCE * nearest) {
        return new int[0];
      }
      sum += (long) Math.min(nearest, MAX_SUM);
      if (sum > MAX_SUM) {
        return new int[0];
      }
      whole[i] = (int) nearest;
    }
    return whole;
  }

  private static int[] reduced(int[] whole) {
    int divisor = 0;
    for (int weight : whole) {
      divisor = gcd(divisor, weight);
    }
    for (int i = 0; i < whole.length; i++) {
      whole[i] /= divisor;
    }
    return whole;
  }

  /**
   * The step, near the golden section of the sum, that visits every slot and spreads its visits
   * best: the discrepancy of the visits to any interval is bounded by the sum of the partial
   * quotients of step/sum (H. Niederreiter, "Random Number Generation and Quasi-Monte Carlo
   * Methods", 1992, 3.1), which is least near the golden section, but not at just any number there.
   */
  static int evenStep(int sum) {
    int golden = (int) Math.round(sum * GOLDEN);
    int best = 1;
    long least = Long.MAX_VALUE;
    for (int i = 0; i < CANDIDATES; i++) {
      int step = golden + (i % 2 == 0 ? i / 2 : -(i + 1) / 2);
      if (step >= 1 && step <= sum && partialQuotients(step, sum) < least) {
        best = step;
        least = partialQuotients(step, sum);
      }
    }
    return best;
  }

  /** The sum of the partial quotients of a/b, or more than any if they have a common divisor. */
  private static long partialQuotients(int a, int b) {
    long sum = 0;
    while (b != 0) {
      sum += a / b;
      int rest = a % b;
      a = b;
      b = rest;
    }
    return a == 1 ? sum : Long.MAX_VALUE;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
