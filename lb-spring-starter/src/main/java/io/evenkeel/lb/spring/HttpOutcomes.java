package io.evenkeel.lb.spring;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.Outcomes;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;

/** What answers over HTTP say of an endpoint, as lb-okhttp has it. */
final class HttpOutcomes {
  private static final String RETRY_AFTER = "Retry-After";
  private static final Pattern HEADER = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private HttpOutcomes() {}

  /** By RFC 9110, 9.2.2, and the QUERY method; or because the server can tell the same one. */
  static boolean isIdempotent(String method, HttpHeaders headers) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY" -> true;
      default -> headers.getFirst("Idempotency-Key") != null;
    };
  }

  /** By RFC 9110, 5.1 and 5.6.2. */
  static void expectNameOfHeader(String name) {
    if (!HEADER.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name: " + name + " (expected: the name of a header, such as X-Deadline)");
    }
  }

  static Outcome of(int status) {
    if (status == 429) {
      return Outcome.REJECTED;
    }
    return status >= 500 ? Outcome.FAILURE : Outcome.SUCCESS;
  }

  /**
   * For how long an endpoint that has failed asks to be spared; {@link Outcomes#NEVER} for what is
   * not implemented, not supported or set up wrongly, and so would be the same elsewhere.
   */
  static long wishNanos(int status, HttpHeaders headers) {
    return switch (status) {
      case 501, 505, 506, 508, 510, 511 -> Outcomes.NEVER;
      default -> {
        long wish = retryAfterNanos(headers);
        yield wish > 0 ? wish : Outcomes.NO_WISH;
      }
    };
  }

  /** Both forms of RFC 9110, 10.2.3; 0 if there is none that can be understood. */
  private static long retryAfterNanos(HttpHeaders headers) {
    String value = headers.getFirst(RETRY_AFTER);
    if (value == null || value.isEmpty()) {
      return 0;
    }
    try {
      if (Character.isDigit(value.charAt(0))) {
        return TimeUnit.SECONDS.toNanos(Math.min(Long.parseLong(value), Integer.MAX_VALUE));
      }
      long until = headers.getFirstDate(RETRY_AFTER);
      // The endpoint's own clock, so that the two need not agree.
      long sent = headers.getDate();
      return until < 0 || sent < 0 ? 0 : TimeUnit.MILLISECONDS.toNanos(Math.max(0, until - sent));
    } catch (IllegalArgumentException e) {
      return 0;
    }
  }
}
