package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.WebClients.get;
import static io.evenkeel.lb.spring.WebClients.runner;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.strategy.LeastLoad;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What strategies hear of the answers that a WebClient gets. */
@Timeout(60)
class WebClientReportsTest {
  @Test
  void theMeterHearsWhatAResponseSaysOfTheLoad() throws Exception {
    Meter meter = new Meter();
    try (Backends backends = Backends.of(1)) {
      backends.answers(report(503, "TEXT cpu_utilization=0.5"), report(200, "JSON {"));
      runner(backends, backends.property())
          .withBean(
              "meter",
              BalancerCustomizer.class,
              () -> (service, balancer) -> balancer.strategy(LeastLoad.of(meter)))
          .run(
              context -> {
                get(context);
                get(context);
                assertThat(meter.heard)
                    .containsExactly(
                        "LoadReport[utilization=0.5]", "FAILURE", "SUCCESS", "SUCCESS");
              });
    }
  }

  @Test
  void theMeterHearsOfAWishThatComesWithTheLastResponse() throws Exception {
    Meter meter = new Meter();
    try (Backends backends = Backends.of(1)) {
      backends.answers(status(503).newBuilder().addHeader("Retry-After", "7").build());
      runner(backends, backends.property(), "evenkeel.defaults.failover.attempts=1")
          .withBean(
              "meter",
              BalancerCustomizer.class,
              () -> (service, balancer) -> balancer.strategy(LeastLoad.of(meter)))
          .run(
              context -> {
                assertThatThrownBy(() -> get(context));
                assertThat(meter.heard).containsExactly("spare for 7000000000 ns", "FAILURE");
              });
    }
  }

  private static MockResponse report(int code, String value) {
    return status(code).newBuilder().addHeader("endpoint-load-metrics", value).build();
  }

  private static final class Meter implements LoadMetric, LoadMeter {
    final Queue<String> heard = new ConcurrentLinkedQueue<>();

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

    @Override
    public void pushback(long nanos, long nowNanos) {
      heard.add("spare for " + nanos + " ns");
    }
  }
}
