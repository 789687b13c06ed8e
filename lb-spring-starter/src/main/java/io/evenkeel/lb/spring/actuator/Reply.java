package io.evenkeel.lb.spring.actuator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * An answer to the page, whatever the web server is.
 *
 * @param more headers beside those that all answers have
 */
record Reply(int status, String contentType, String body, Map<String, String> more) {
  /**
   * What all answers have: nothing from elsewhere is loaded, nobody else frames the page, reads it
   * or keeps it.
   */
  static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
              + " img-src 'self' data:; frame-ancestors 'none'; base-uri 'none';"
              + " form-action 'none'",
          "X-Content-Type-Options",
          "nosniff",
          "Referrer-Policy",
          "no-referrer",
          "Cross-Origin-Resource-Policy",
          "same-origin",
          "Cache-Control",
          "no-store");

  static Reply text(int status, String sentence) {
    return new Reply(status, "text/plain;charset=UTF-8", sentence, Map.of());
  }

  static Reply notAllowed(String allowed) {
    return new Reply(
        405,
        "text/plain;charset=UTF-8",
        "Only " + allowed + " is answered here.",
        Map.of("Allow", allowed));
  }

  /** A file of the page. */
  static Reply file(String name, String contentType) {
    try (InputStream in = Reply.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("resource: " + name + " (expected: a file of this jar)");
      }
      return new Reply(200, contentType, new String(in.readAllBytes(), UTF_8), Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  byte[] bytes() {
    return body.getBytes(UTF_8);
  }
}
