package io.evenkeel.lb.failover.pattern;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of one copy of a {@link Redundant} call. Immutable.
 *
 * @param <T> what the operation results in
 */
public final class Reply<T extends @Nullable Object> {
  private final Endpoint endpoint;
  private final @Nullable Outcome outcome;
  private final boolean success;
  private final @Nullable T value;
  private final @Nullable Throwable thrown;
  private final long nanos;

  private Reply(
      Endpoint endpoint,
      @Nullable Outcome outcome,
      boolean success,
      @Nullable T value,
      @Nullable Throwable thrown,
      long nanos) {
    this.endpoint = endpoint;
    this.outcome = outcome;
    this.success = success;
    this.value = value;
    this.thrown = thrown;
    this.nanos = nanos;
  }

  static <T extends @Nullable Object> Reply<T> success(
      Endpoint endpoint, Outcome outcome, @Nullable T value, long nanos) {
    return new Reply<>(endpoint, outcome, true, value, null, nanos);
  }

  static <T extends @Nullable Object> Reply<T> failure(
      Endpoint endpoint, Outcome outcome, @Nullable Throwable thrown, long nanos) {
    return new Reply<>(endpoint, outcome, false, null, thrown, nanos);
  }

  static <T extends @Nullable Object> Reply<T> pending(Endpoint endpoint, long nanos) {
    return new Reply<>(endpoint, null, false, null, null, nanos);
  }

  /** Where it went. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** Whether there is a result, and it is no failure. */
  public boolean isSuccess() {
    return success;
  }

  /** How it ended; empty if it was still under way when the call was complete. */
  public Optional<Outcome> outcome() {
    return Optional.ofNullable(outcome);
  }

  /**
   * The result.
   *
   * @throws IllegalStateException unless it {@linkplain #isSuccess is a success}
   */
  @SuppressWarnings("NullAway") // null only where T may be
  public T value() {
    if (!success) {
      throw new IllegalStateException("no result: " + this);
    }
    return value;
  }

  /** What the operation threw; empty if it threw nothing. */
  public Optional<Throwable> thrown() {
    return Optional.ofNullable(thrown);
  }

  /** How long it took, or has taken so far. */
  public Duration duration() {
    return Duration.ofNanos(nanos);
  }

  /** Such as {@code 10.0.0.1:8080 TIMEOUT after 250 ms}. */
  @Override
  public String toString() {
    String how = outcome == null ? "under way" : outcome.toString();
    String why = thrown == null ? "" : " (" + thrown + ")";
    return endpoint.id() + " " + how + " after " + nanos / 1_000_000 + " ms" + why;
  }
}
