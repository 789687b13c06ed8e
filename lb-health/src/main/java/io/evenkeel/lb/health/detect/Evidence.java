package io.evenkeel.lb.health.detect;

/**
 * How sure it is that a node fails more often than it should.
 *
 * <p>By Chernoff's bound, k failures in n requests of which each fails with probability q have a
 * probability of at most e^-(n * D(k/n || q)), where D(p || q) = p ln(p/q) + (1-p) ln((1-p)/(1-q)).
 * The exponent is the evidence, in nats.
 */
final class Evidence {
  /** What is enough: by chance once in 1.2 million times. */
  static final double ENOUGH = 14;

  /** Before anything is known, it is as if one of 4 requests to others had failed. */
  static final double PRIOR_REQUESTS = 4;

  static final double PRIOR_RATIO = 1 / PRIOR_REQUESTS;

  private static final double DEVIATIONS = 2;

  private Evidence() {}

  /** Two standard deviations above a ratio that was seen in so many requests; below 1. */
  static double upper(double ratio, double requests) {
    double deviation = Math.sqrt(ratio * (1 - ratio) / requests);
    return Math.min(ratio + DEVIATIONS * deviation, Math.nextDown(1.0));
  }

  /** That requests fail more often than with a probability; 0 if they do not. */
  static double against(Counts counts, double probability) {
    double ratio = counts.failureRatio();
    if (!(ratio > probability)) {
      return 0;
    }
    double failing = ratio * Math.log(ratio / probability);
    double answering = ratio == 1 ? 0 : (1 - ratio) * Math.log((1 - ratio) / (1 - probability));
    return counts.requests() * (failing + answering);
  }

  /** How many failures in a row are enough evidence against a probability. */
  static int inARow(double probability) {
    return (int) Math.min(Integer.MAX_VALUE, Math.ceil(ENOUGH / -Math.log(probability)));
  }
}
