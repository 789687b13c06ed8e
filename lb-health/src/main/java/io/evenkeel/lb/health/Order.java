package io.evenkeel.lb.health;

import static java.util.Objects.requireNonNull;

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

  /**
   * @throws IllegalArgumentException if the actor or the reason is blank or has more than 200
   *     characters, or the limit is not above 0
   */
  public Order {
    requireText("actor", actor);
    requireText("reason", reason);
    limit.ifPresent(
        duration -> {
          if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException("limit: " + duration + " (expected: > PT0S)");
          }
        });
  }

  /** Until something else is ordered. */
  public static Order by(String actor, String reason) {
    return new Order(actor, reason, Optional.empty());
  }

  /** The same, void after a time. */
  public Order expiringAfter(Duration limit) {
    return new Order(actor, reason, Optional.of(limit));
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
    return "by " + actor + ": " + reason;
  }
}
