package io.evenkeel.lb.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Outcome;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpSemanticsTest {
  private static final long SECOND = 1_000_000_000L;

  /** 08:49:27 on that day, since the epoch. */
  private static final long RECEIVED = 784_111_767_000L;

  private static long wish(Map<String, String> headers) {
    return HttpSemantics.retryAfterNanos(headers::get, RECEIVED);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "120, 120",
    "0, 0",
    "00, 0",
    "-1, 0",
    "1.5, 0",
    "soon, 0",
    "'', 0",
    "1 second, 0",
    "١, 0",
    "1000000000000000000, 2147483647",
    "99999999999999999999999999, 2147483647",
    "'Sun, 06 Nov 1994 08:49:37 GMT', 10",
    "'Sunday, 06-Nov-94 08:49:37 GMT', 0",
    "'Sun Nov  6 08:49:37 1994', 10",
    "'Sun Nov 16 08:49:27 1994', 0",
    "'Wed Nov 16 08:49:27 1994', 864000",
    "'Sun, 06 Nov 1994 08:49:20 GMT', 0",
    "'Sun, 06 Foo 1994 08:49:37 GMT', 0"
  })
  void theWishIsReadInItsFormsAndNonsenseIsIgnored(String value, long seconds) {
    // The reader's own clock is a day off.
    Map<String, String> headers =
        Map.of("Retry-After", value, "Date", "Sun, 06 Nov 1994 08:49:27 GMT");
    assertThat(HttpSemantics.retryAfterNanos(headers::get, RECEIVED - 86_400_000))
        .isEqualTo(seconds * SECOND);
  }

  /** Its year has two digits, of this century (RFC 9110 lets it be at most 50 years ahead). */
  @Test
  void theSecondFormIsReadAsWell() {
    Map<String, String> headers =
        Map.of(
            "Retry-After", "Saturday, 21-Nov-26 08:49:37 GMT",
            "Date", "Sat, 21 Nov 2026 08:49:27 GMT");
    assertThat(wish(headers)).isEqualTo(10 * SECOND);
  }

  @Test
  void withoutADateTheTimeOfArrivalIsTheBase() {
    Map<String, String> headers = Map.of("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT");
    assertThat(wish(headers)).isEqualTo(10 * SECOND);
    assertThat(wish(Map.of("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT", "Date", "today")))
        .isEqualTo(10 * SECOND);
  }

  @Test
  void aDateFarAwayDoesNotOverflow() {
    assertThat(wish(Map.of("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT")))
        .isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void noHeaderIsNoWish() {
    assertThat(wish(Map.of())).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"})
  void methodsAreIdempotent(String method) {
    assertThat(HttpSemantics.isIdempotent(method, name -> null)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PATCH", "CONNECT", "get", ""})
  void othersAreByTheirKeyAlone(String method) {
    assertThat(HttpSemantics.isIdempotent(method, name -> null)).isFalse();
    assertThat(HttpSemantics.isIdempotent(method, Map.of("Idempotency-Key", "7")::get)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "text/event-stream, true",
        "Text/Event-Stream;charset=UTF-8, true",
        "application/x-ndjson ; charset=utf-8, true",
        "text/event-streams, false",
        "text/plain; text/event-stream, false",
        "application/json, false",
        "'', false",
        "none, false"
      })
  void eventsHaveNoEnd(@Nullable String contentType, boolean endless) {
    assertThat(HttpSemantics.isEndless(contentType)).isEqualTo(endless);
  }

  @ParameterizedTest
  @CsvSource({
    "200, SUCCESS, false",
    "304, SUCCESS, false",
    "404, SUCCESS, false",
    "429, REJECTED, false",
    "500, FAILURE, false",
    "501, FAILURE, true",
    "502, FAILURE, false",
    "503, FAILURE, false",
    "504, FAILURE, false",
    "505, FAILURE, true",
    "507, FAILURE, false",
    "508, FAILURE, true",
    "599, FAILURE, false"
  })
  void aStatusSpeaksOfItsEndpointOrOfAll(int status, Outcome outcome, boolean everywhere) {
    assertThat(HttpSemantics.outcome(status)).isEqualTo(outcome);
    assertThat(HttpSemantics.isSameEverywhere(status)).isEqualTo(everywhere);
  }
}
