package io.evenkeel.lb.health;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Printable;
import io.evenkeel.lb.health.setting.Expect;
import java.time.Duration;
import java.util.Optional;

/**
 * Who has ordered something about an endpoint, why, and for how long.
 *
 * @param actor who
 * @param reason why
 * @param limit after which time it is void; empty for never
 */
public record Order(String actor, String reason, Optional<Duration> limit) {
  private static final int MAX_LENGTH = 200;
  private static final Duration LONGEST = Duration.ofDays(36_500);

  /**
   * @throws IllegalArgumentException if the actor or the reason is blank or has more than 200
   *     characters, or the limit is not above 0 and at most 36500 days
   */
  public Order {
    requireText("actor", actor);
    requireText("reason", reason);
    limit.ifPresent(Order::requireSensible);
  }

  /** Until something else is ordered. */
  public static Order by(String actor, String reason) {
    return new Order(actor, reason, Optional.empty());
  }

  /** The same, void after a time. */
  public Order expiringAfter(Duration limit) {
    return new Order(actor, reason, Optional.of(limit));
  }

  /** More than zero, and not so much that it could not be told from a time that is past. */
  static void requireSensible(Duration limit) {
    Expect.that(
        !limit.isZero() && !limit.isNegative() && limit.compareTo(LONGEST) <= 0,
        "limit",
        limit,
        "> PT0S, at most " + LONGEST.toDays() + " days");
  }

  private static void requireText(String setting, String text) {
    requireNonNull(text, setting);
    if (text.isBlank() || text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          setting + ": " + text.length() + " characters (expected: 1..200, not blank)");
    }
  }

  @Override
  public String toString() {
    return "by " + Printable.line(actor, MAX_LENGTH) + ": " + Printable.line(reason, MAX_LENGTH);
  }
}
