package io.evenkeel.lb.failover;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Until when whoever called this process waits for its answer, as a header of the request has said:
 * how long from then on, in whole milliseconds. Calls that are made for the request should not take
 * longer. Immutable and thread-safe.
 *
 * <pre>{@code
 * Deadline deadline = Deadline.of(header); // as soon as the request is there
 * int status =
 *     failover.call(
 *         deadline.limit(CallContext.idempotent()),
 *         endpoint -> get("http://" + endpoint.authority()));
 * }</pre>
 */
public final class Deadline {
  private static final Pattern MILLIS = Pattern.compile("[0-9]{1,15}");
  private static final Duration LONGEST = Duration.ofDays(1);

  private final Ticker ticker;
  private final long atNanos;

  private Deadline(Ticker ticker, Duration left) {
    this.ticker = ticker;
    this.atNanos = ticker.read() + left.toNanos();
  }

  /**
   * Reads a header now.
   *
   * @param header its value; what is no such number, or null, says nothing: then there is a day
   */
  public static Deadline of(@Nullable String header) {
    return of(header, Ticker.system());
  }

  /** The same with another clock. */
  public static Deadline of(@Nullable String header, Ticker ticker) {
    requireNonNull(ticker, "ticker");
    if (header == null || !MILLIS.matcher(header.trim()).matches()) {
      return new Deadline(ticker, LONGEST);
    }
    Duration left = Duration.ofMillis(Long.parseLong(header.trim()));
    return new Deadline(ticker, left.compareTo(LONGEST) < 0 ? left : LONGEST);
  }

  /** How much time is left; zero when it is over. */
  public Duration left() {
    return Duration.ofNanos(Math.max(0, atNanos - ticker.read()));
  }

  /**
   * A call that begins now and may take what is left, or its own {@link CallContext#TIME_LIMIT} if
   * that is less. With nothing left it fails before its first attempt.
   */
  public CallContext limit(RequestContext call) {
    long nanos = CallContext.limitNanos(call, left().toNanos());
    return CallContext.of(call).with(CallContext.TIME_LIMIT, Duration.ofNanos(nanos));
  }

  /** Such as {@code 230 ms left}. */
  @Override
  public String toString() {
    return TimeUnit.NANOSECONDS.toMillis(left().toNanos()) + " ms left";
  }
}
