package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.Verdict;
import java.util.function.Function;
import java.util.function.Predicate;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * What a response has to be. Whether it comes from the right service is asked first: another
 * service's status says nothing.
 */
record HealthExpectation(
    int firstStatus,
    int lastStatus,
    @Nullable String identityHeader,
    @Nullable Function<Endpoint, String> identity,
    @Nullable String identityBody,
    @Nullable Predicate<String> body) {
  private static final String STRANGER = "another service answers here: ";

  Verdict judge(Endpoint endpoint, Response response, String text) {
    boolean good = firstStatus <= response.code() && response.code() <= lastStatus;
    String status = "status " + response.code() + (good ? "" : " (expected: " + statuses() + ")");
    if (identityHeader != null && identity != null) {
      String value = identity.apply(endpoint);
      String found = response.header(identityHeader);
      // A proxy or an error page may leave it out, and then the status is what is wrong.
      if (!value.equals(found) && (good || found != null)) {
        return Verdict.down(
            STRANGER
                + identityHeader
                + (found == null ? " is missing" : " is \"" + found + "\"")
                + " (expected: \""
                + value
                + "\")");
      }
    }
    if (!good) {
      return Verdict.down(status);
    }
    if (identityBody != null && !text.contains(identityBody)) {
      return Verdict.down(STRANGER + "the body lacks \"" + identityBody + "\"");
    }
    if (body != null && !body.test(text)) {
      return Verdict.down(status + ", but not the body that is expected");
    }
    return Verdict.up(status);
  }

  boolean looksAtBody() {
    return body != null || identityBody != null;
  }

  /** The certificate says it. */
  static Verdict strangerByCertificate(String host) {
    return Verdict.down(STRANGER + "its certificate is not for " + host);
  }

  private String statuses() {
    return firstStatus + ".." + lastStatus;
  }

  @Override
  public String toString() {
    return "status="
        + statuses()
        + (identityHeader == null ? "" : ", identity by " + identityHeader)
        + (identityBody == null ? "" : ", identity by body")
        + (body == null ? "" : ", body");
  }
}
