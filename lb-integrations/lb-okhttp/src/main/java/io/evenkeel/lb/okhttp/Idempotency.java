package io.evenkeel.lb.okhttp;

import okhttp3.Request;

/** Which requests may be processed more than once without harm. */
final class Idempotency {
  private Idempotency() {}

  /**
   * By RFC 9110, 9.2.2, and the QUERY method; or because the server tells the same one by its
   * {@code Idempotency-Key}.
   */
  static boolean of(Request request) {
    return switch (request.method()) {
      case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY" -> true;
      default -> request.header("Idempotency-Key") != null;
    };
  }
}
