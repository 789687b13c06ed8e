package io.evenkeel.lb.health.detect;

/**
 * The stretches of time, back from now, that detectors look at: short for speed, long for few
 * requests.
 */
public enum Span {
  /** The last second. */
  ONE_SECOND(1),
  /** The last three seconds. */
  THREE_SECONDS(3),
  /** The last ten seconds. */
  TEN_SECONDS(10);

  private final int seconds;

  Span(int seconds) {
    this.seconds = seconds;
  }

  /** How long it is, to within a second. */
  public int seconds() {
    return seconds;
  }
}
