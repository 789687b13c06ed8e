package io.evenkeel.lb.failover;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Printable;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An attempt of a call that has ended. Immutable. */
public final class Attempt {
  private static final int MAX_TEXT = 400;

  private final Endpoint endpoint;
  private final Outcome outcome;
  private final long nanos;
  private final @Nullable Throwable thrown;

  Attempt(Endpoint endpoint, Outcome outcome, long nanos, @Nullable Throwable thrown) {
    this.endpoint = endpoint;
    this.outcome = outcome;
    this.nanos = nanos;
    this.thrown = thrown;
  }

  /** Where it went. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** How it ended. */
  public Outcome outcome() {
    return outcome;
  }

  /** How long it took. */
  public Duration duration() {
    return Duration.ofNanos(nanos);
  }

  /** What the operation threw; empty if it returned a result that is a failure, or timed out. */
  public Optional<Throwable> thrown() {
    return Optional.ofNullable(thrown);
  }

  /** Such as {@code 10.0.0.1:8080 TIMEOUT after 250 ms}. */
  @Override
  public String toString() {
    return endpoint.id()
        + " "
        + outcome
        + " after "
        + nanos / 1_000_000
        + " ms"
        + (thrown == null ? "" : " (" + Printable.line(thrown.toString(), MAX_TEXT) + ")");
  }
}
