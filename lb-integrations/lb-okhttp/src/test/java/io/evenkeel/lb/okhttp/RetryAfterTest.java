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
import org.junit.jupiter.api.Test;

class RetryAfterTest {
  private static final long SECOND = 1_000_000_000L;

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
