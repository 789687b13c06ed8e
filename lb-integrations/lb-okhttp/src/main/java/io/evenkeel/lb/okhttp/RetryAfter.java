package io.evenkeel.lb.okhttp;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import okhttp3.Headers;
import okhttp3.Response;

/** Reads {@code Retry-After}, in both forms of RFC 9110, 10.2.3. */
final class RetryAfter {
  private static final String NAME = "Retry-After";

  private RetryAfter() {}

  /**
   * For how long the endpoint asks to be spared; 0 when it does not, or not in a way that can be
   * understood. A wish that does not fit is as long as can be; the node clamps it.
   */
  static long nanos(Response response) {
    String value = response.header(NAME);
    if (value == null || value.isEmpty()) {
      return 0;
    }
    char first = value.charAt(0);
    return first >= '0' && first <= '9' ? seconds(value) : date(response);
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

  /** The endpoint's own clock, where it shows it, so that the two need not agree. */
  private static long date(Response response) {
    Headers headers = response.headers();
    Instant until = headers.getInstant(NAME);
    if (until == null) {
      return 0;
    }
    Instant sent = headers.getInstant("Date");
    long from = sent != null ? sent.toEpochMilli() : response.receivedResponseAtMillis();
    // toNanos saturates.
    return Math.max(0, TimeUnit.MILLISECONDS.toNanos(until.toEpochMilli() - from));
  }
}
