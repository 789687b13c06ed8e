package io.evenkeel.lb.failover;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a call through a {@link Fallback} came to. Immutable.
 *
 * @param <T> what calls result in
 */
public final class Answer<T extends @Nullable Object> {
  private final T value;
  private final Source source;
  private final long ageNanos;
  private final @Nullable FailoverException failure;

  Answer(T value, Source source, long ageNanos, @Nullable FailoverException failure) {
    this.value = value;
    this.source = source;
    this.ageNanos = ageNanos;
    this.failure = failure;
  }

  /** The result, or what stands in for it. */
  public T value() {
    return value;
  }

  /** Where it comes from. */
  public Source source() {
    return source;
  }

  /** How old it is: zero unless it is the {@linkplain Source#LAST_GOOD last good one}. */
  public Duration age() {
    return Duration.ofNanos(ageNanos);
  }

  /** Why the call itself has no result; empty if it has one, even one that is a failure. */
  public Optional<FailoverException> failure() {
    return Optional.ofNullable(failure);
  }

  /** Where an answer comes from. */
  public enum Source {
    /** The call's own result. */
    CALL,
    /** The same call through another failover. */
    ELSEWHERE,
    /** The result of an earlier call. */
    LAST_GOOD,
    /** What was given to stand in. */
    SUBSTITUTE
  }

  /** Such as {@code LAST_GOOD, PT12.3S old, since orders: no endpoint: 17.50}. */
  @Override
  public String toString() {
    return source
        + (ageNanos > 0 ? ", " + age() + " old" : "")
        + (failure == null ? "" : ", since " + failure.getMessage())
        + ": "
        + value;
  }
}
