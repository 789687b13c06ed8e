package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.strategy.LeastLoad;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import mockwebserver3.MockResponse;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.junit.jupiter.api.Test;

class ReportsTest {
  @Test
  void theMeterHearsWhatAResponseSaysOfTheLoad() throws Exception {
    Meter meter = new Meter();
    try (Rig rig =
        Rig.of(
            Rig.start(1, server -> server),
            endpoint -> endpoint,
            settings -> settings.strategy(LeastLoad.of(meter)))) {
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
      assertThat(meter.heard)
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
    public void report(LoadReport report, int inFlight, long nowNanos) {
      heard.add(report.toString());
    }
  }
}
