package io.evenkeel.lb.http;

import io.evenkeel.lb.Outcome;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What RFC 9110 says of requests that may be repeated and of endpoints that have answered. For
 * adapters; nothing here throws for what a peer has sent. Stateless and thread-safe.
 */
public final class HttpSemantics {
  /** The three forms of RFC 9110, 5.6.7: the one that is sent, and two that are still read. */
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern(
              "[EEE, dd MMM yyyy HH:mm:ss 'GMT']"
                  + "[EEEE, dd-MMM-yy HH:mm:ss 'GMT']"
                  + "[EEE MMM ppd HH:mm:ss yyyy]",
              Locale.US)
          .withZone(ZoneOffset.UTC);

  private HttpSemantics() {}

  /**
   * Whether a request may be processed more than once without harm: by its method (9.2.2, and
   * QUERY), or because the server tells the same one by its {@code Idempotency-Key}.
   *
   * @param headers of the request
   */
  public static boolean isIdempotent(String method, HeaderLookup headers) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY" -> true;
      default -> headers.value("Idempotency-Key") != null;
    };
  }

  /**
   * What a status says of the endpoint: 429 is {@link Outcome#REJECTED}, 500 and above {@link
   * Outcome#FAILURE}, everything else {@link Outcome#SUCCESS}, 404 included: it answered as it
   * should.
   */
  public static Outcome outcome(int status) {
    if (status == 429) {
      return Outcome.REJECTED;
    }
    return status >= 500 ? Outcome.FAILURE : Outcome.SUCCESS;
  }

  /**
   * Whether a status would be the same at other endpoints: what is not implemented, not supported
   * or set up wrongly at one is so at all.
   */
  public static boolean isSameEverywhere(int status) {
    return switch (status) {
      case 501, 505, 506, 508, 510, 511 -> true;
      default -> false;
    };
  }

  /**
   * Whether a response is one of events that go on until somebody hangs up: by its type, {@code
   * text/event-stream} and {@code application/x-ndjson}. No time limit fits the whole of such a
   * body.
   *
   * @param contentType null if there is none
   */
  public static boolean isEndless(@Nullable String contentType) {
    return contentType != null
        && (isOfType(contentType, "text/event-stream")
            || isOfType(contentType, "application/x-ndjson"));
  }

  private static boolean isOfType(String contentType, String type) {
    return contentType.regionMatches(true, 0, type, 0, type.length())
        && (contentType.length() == type.length()
            || contentType.charAt(type.length()) == ';'
            || contentType.charAt(type.length()) == ' ');
  }

  /**
   * For how long an endpoint asks to be spared, by {@code Retry-After} in both forms of 10.2.3, in
   * nanoseconds; 0 when it does not, or not in a way that can be understood. A wish that does not
   * fit is as long as can be; nodes clamp it.
   *
   * @param headers of the response
   * @param receivedMillis when it was received, since the epoch: what a date is compared with
   *     unless the response says when it was sent, so that the two clocks need not agree
   */
  public static long retryAfterNanos(HeaderLookup headers, long receivedMillis) {
    String value = headers.value("Retry-After");
    if (value == null || value.isEmpty()) {
      return 0;
    }
    char first = value.charAt(0);
    if (first >= '0' && first <= '9') {
      return seconds(value);
    }
    Instant until = date(value);
    if (until == null) {
      return 0;
    }
    Instant sent = date(headers.value("Date"));
    long from = sent != null ? sent.toEpochMilli() : receivedMillis;
    // toNanos saturates.
    return Math.max(0, TimeUnit.MILLISECONDS.toNanos(until.toEpochMilli() - from));
  }

  private static long seconds(String value) {
    long seconds = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < '0' || c > '9') {
        return 0;
      }
      seconds = Math.min(seconds * 10 + (c - '0'), Integer.MAX_VALUE);
    }
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  private static @Nullable Instant date(@Nullable String value) {
    if (value == null) {
      return null;
    }
    try {
      return DATE.parse(value, Instant::from);
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
