package io.evenkeel.lb.health;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Printable;

/**
 * What a check says of an endpoint.
 *
 * @param kind whether it may be used
 * @param share with how much of its weight, from 0 to 1; 0 unless it is up
 * @param why for people, safe to print: it may come from outside, so it is cut after 200
 *     characters, and what is unsafe is escaped as by {@link Printable#line}
 */
public record Verdict(Kind kind, double share, String why) {
  private static final int MAX_LENGTH = 200;

  /** Whether an endpoint may be used. */
  public enum Kind {
    /** It may. */
    UP,
    /** It should get no new request; those in flight should finish. */
    DRAINING,
    /** Somebody has taken it out of service. */
    MAINTENANCE,
    /** It is not fit. */
    DOWN
  }

  /**
   * @throws IllegalArgumentException if the share is not from 0 to 1
   */
  public Verdict {
    requireNonNull(kind, "kind");
    why = Printable.line(why, MAX_LENGTH);
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("share: " + share + " (expected: 0.0..1.0)");
    }
  }

  /** Fit for all of its weight. */
  public static Verdict up(String why) {
    return up(1, why);
  }

  /** Fit for a share of its weight. */
  public static Verdict up(double share, String why) {
    return new Verdict(Kind.UP, share, why);
  }

  /** Not fit. */
  public static Verdict down(String why) {
    return new Verdict(Kind.DOWN, 0, why);
  }

  /** To be left alone while it finishes. */
  public static Verdict draining(String why) {
    return new Verdict(Kind.DRAINING, 0, why);
  }

  /** Taken out of service. */
  public static Verdict maintenance(String why) {
    return new Verdict(Kind.MAINTENANCE, 0, why);
  }

  @Override
  public String toString() {
    return kind
        + (kind == Kind.UP && share < 1 ? " " + share : "")
        + (why.isEmpty() ? "" : ": " + why);
  }
}
