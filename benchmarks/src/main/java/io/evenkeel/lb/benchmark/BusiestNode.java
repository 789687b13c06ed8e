package io.evenkeel.lb.benchmark;

/**
 * How many keys the busiest of many nodes has by the laws of chance, beside the mean.
 *
 * <p>Of a ring, each node has as many arcs as points, and the length of an arc is exponential: the
 * share of a node is a gamma variable of so many points, and its keys are a Poisson variable around
 * that, which together is a negative binomial one. Where shares are even, the Poisson variable
 * remains. The most of n such variables has the n-th power of their distribution. That all shares
 * add up to one takes 1/n off the variance.
 */
final class BusiestNode {
  /** What is further out than this many deviations is left out. */
  private static final int FAR = 14;

  private BusiestNode() {}

  /**
   * The law for keys that are hashed independently.
   *
   * @param points of each node on a ring; infinite for even shares
   */
  static Sample law(int nodes, double keys, double points) {
    double mean = keys / nodes;
    double deviation = Math.sqrt(mean + mean * mean / points);
    int least = (int) Math.max(0, mean - FAR * deviation);
    int most = (int) (mean + FAR * deviation) + FAR;
    double[] chances = chances(least, most, mean, points);
    double first = 0;
    double second = 0;
    double upTo = 0;
    double before = 0;
    for (int keysOfOne = least; keysOfOne <= most; keysOfOne++) {
      upTo += chances[keysOfOne - least];
      double atMost = Math.pow(Math.min(1, upTo), nodes);
      double above = keysOfOne / mean - 1;
      first += (atMost - before) * above;
      second += (atMost - before) * above * above;
      before = atMost;
    }
    double tied = Math.sqrt(1 - 1.0 / nodes);
    return new Sample(1 + tied * first, tied * Math.sqrt(second - first * first));
  }

  /**
   * From the ratio of each to the one before, and scaled: the first may be too small to compute.
   */
  private static double[] chances(int least, int most, double mean, double points) {
    double[] logs = new double[most - least + 1];
    double greatest = 0;
    for (int i = 1; i < logs.length; i++) {
      double keys = least + i;
      double ratio =
          Double.isInfinite(points)
              ? mean / keys
              : (keys - 1 + points) / keys * mean / (mean + points);
      logs[i] = logs[i - 1] + Math.log(ratio);
      greatest = Math.max(greatest, logs[i]);
    }
    double sum = 0;
    for (int i = 0; i < logs.length; i++) {
      logs[i] = Math.exp(logs[i] - greatest);
      sum += logs[i];
    }
    for (int i = 0; i < logs.length; i++) {
      logs[i] /= sum;
    }
    return logs;
  }
}
