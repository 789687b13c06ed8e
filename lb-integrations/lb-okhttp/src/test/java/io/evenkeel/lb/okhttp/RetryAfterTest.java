package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.strategy.LeastLoad;
import io.evenkeel.lb.testkit.RecordingMetric;
import mockwebserver3.MockResponse;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;

class RetryAfterTest {
  @Test
  void theMeterHearsOfItBeforeTheRequestEnds() throws Exception {
    RecordingMetric metric = new RecordingMetric();
    try (Rig rig =
        Rig.of(
            Rig.start(1, server -> server),
            endpoint -> endpoint,
            settings -> settings.strategy(LeastLoad.of(metric)))) {
      OkHttpClient client = rig.client();
      rig.enqueue(new MockResponse.Builder().code(503).addHeader("Retry-After", "7").body("no"));
      rig.enqueue(
          new MockResponse.Builder().code(429).addHeader("Retry-After", "9" + "0".repeat(17)));
      rig.enqueue(new MockResponse.Builder().code(503).addHeader("Retry-After", "0"));
      rig.enqueue(new MockResponse.Builder().code(200).addHeader("Retry-After", "7"));
      for (int i = 0; i < 4; i++) {
        Rig.fetch(client, "http://orders/");
      }
      assertThat(metric.heard())
          .containsExactly(
              "pushback PT7S", "FAILURE", "pushback PT1M", "REJECTED", "FAILURE", "SUCCESS");
    }
  }
}
