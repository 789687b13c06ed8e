package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.strategy.LeastLoad;
import io.evenkeel.lb.testkit.RecordingMetric;
import mockwebserver3.MockResponse;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.junit.jupiter.api.Test;

class ReportsTest {
  @Test
  void theMeterHearsWhatAResponseSaysOfTheLoad() throws Exception {
    RecordingMetric metric = new RecordingMetric();
    try (Rig rig =
        Rig.of(
            Rig.start(1, server -> server),
            endpoint -> endpoint,
            settings -> settings.strategy(LeastLoad.of(metric)))) {
      OkHttpClient client = rig.client();
      enqueue(rig, 200, "Endpoint-Load-Metrics", "TEXT cpu_utilization=0.5,rps_fractional=9,eps=1");
      enqueue(rig, 503, "endpoint-load-metrics", "JSON {\"application_utilization\": 2}");
      enqueue(rig, 200, "endpoint-load-metrics-bin", "CQAAAAAAAOA/");
      enqueue(rig, 200, "endpoint-load-metrics", "JSON {");
      enqueue(rig, 200, "other", "TEXT cpu_utilization=0.5");
      for (int i = 0; i < 5; i++) {
        try (Response response = client.newCall(Rig.get("http://orders/")).execute()) {
          assertThat(response.code()).isIn(200, 503);
        }
      }
      assertThat(metric.heard())
          .containsExactly(
              "LoadReport[utilization=0.5, queriesPerSecond=9.0, errorsPerSecond=1.0]",
              "SUCCESS",
              "LoadReport[utilization=2.0]",
              "FAILURE",
              "LoadReport[utilization=0.5]",
              "SUCCESS",
              "SUCCESS",
              "SUCCESS");
    }
  }

  private static void enqueue(Rig rig, int code, String header, String value) {
    rig.enqueue(new MockResponse.Builder().code(code).addHeader(header, value));
  }
}
