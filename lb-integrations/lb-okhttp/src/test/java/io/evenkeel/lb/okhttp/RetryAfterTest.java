package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.strategy.LeastLoad;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import mockwebserver3.MockResponse;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {
  private static final long SECOND = 1_000_000_000L;

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
    "1000000000000000000, 2147483647",
    "99999999999999999999999999, 2147483647",
    "'Sun, 06 Nov 1994 08:49:37 GMT', 10",
    "'Sun, 06 Nov 1994 08:49:20 GMT', 0",
    "'Sun, 06 Foo 1994 08:49:37 GMT', 0"
  })
  void theWishIsReadInBothFormsAndNonsenseIsIgnored(String value, long seconds) {
    Response response = response(value).header("Date", "Sun, 06 Nov 1994 08:49:27 GMT").build();
    assertThat(RetryAfter.nanos(response)).isEqualTo(seconds * SECOND);
  }

  @Test
  void withoutADateTheTimeOfArrivalIsTheBase() {
    // 08:49:27 is 784111767 seconds after the epoch.
    Response response =
        response("Sun, 06 Nov 1994 08:49:37 GMT")
            .receivedResponseAtMillis(784_111_767_000L)
            .build();
    assertThat(RetryAfter.nanos(response)).isEqualTo(10 * SECOND);
  }

  @Test
  void aDateFarAwayDoesNotOverflow() {
    Response response = response("Fri, 31 Dec 9999 23:59:59 GMT").build();
    assertThat(RetryAfter.nanos(response)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theMeterHearsOfItBeforeTheRequestEnds() throws Exception {
    Meter meter = new Meter();
    try (Rig rig =
        Rig.of(
            Rig.start(1, server -> server),
            endpoint -> endpoint,
            settings -> settings.strategy(LeastLoad.of(meter)))) {
      OkHttpClient client = rig.client();
      rig.enqueue(new MockResponse.Builder().code(503).addHeader("Retry-After", "7").body("no"));
      rig.enqueue(
          new MockResponse.Builder().code(429).addHeader("Retry-After", "9" + "0".repeat(17)));
      rig.enqueue(new MockResponse.Builder().code(503).addHeader("Retry-After", "0"));
      rig.enqueue(new MockResponse.Builder().code(200).addHeader("Retry-After", "7"));
      for (int i = 0; i < 4; i++) {
        Rig.fetch(client, "http://orders/");
      }
      assertThat(meter.heard)
          .containsExactly(
              "pushback 7 s", "FAILURE", "pushback 60 s", "REJECTED", "FAILURE", "SUCCESS");
    }
  }

  private static Response.Builder response(String retryAfter) {
    return new Response.Builder()
        .request(Rig.get("http://orders/"))
        .protocol(Protocol.HTTP_1_1)
        .code(503)
        .message("no")
        .header("Retry-After", retryAfter);
  }

  private static final class Meter implements LoadMetric, LoadMeter {
    final List<String> heard = Collections.synchronizedList(new ArrayList<>());

    @Override
    public LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos) {
      return this;
    }

    @Override
    public double load(int inFlight, long recentNanos) {
      return inFlight;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {
      heard.add(outcome.name());
    }

    @Override
    public void pushback(long nanos, long nowNanos) {
      heard.add("pushback " + nanos / SECOND + " s");
    }
  }
}
