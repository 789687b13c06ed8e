package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.Outcomes;
import io.evenkeel.lb.http.HttpSemantics;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;

/** What answers over HTTP ask of a failover. */
final class HttpOutcomes {
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private HttpOutcomes() {}

  /** The name of a header by RFC 9110, 5.1 and 5.6.2, or of a cookie by RFC 6265, 4.1.1. */
  static void expectToken(String name) {
    if (!TOKEN.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name: " + name + " (expected: letters, digits, and any of !#$%&'*+.^_`|~-)");
    }
  }

  /**
   * For how long an endpoint that has failed asks to be spared; {@link Outcomes#NEVER} for what
   * would be the same elsewhere.
   */
  static long wishNanos(int status, HttpHeaders headers) {
    return HttpSemantics.isSameEverywhere(status)
        ? Outcomes.NEVER
        : HttpSemantics.retryAfterNanos(headers::getFirst, System.currentTimeMillis());
  }
}
