package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.WebClients.get;
import static io.evenkeel.lb.spring.WebClients.runner;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.strategy.LeastLoad;
import io.evenkeel.lb.testkit.RecordingMetric;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What strategies hear of the answers that a WebClient gets. */
@Timeout(60)
class WebClientReportsTest {
  @Test
  void theMeterHearsWhatAResponseSaysOfTheLoad() throws Exception {
    RecordingMetric metric = new RecordingMetric();
    try (Backends backends = Backends.of(1)) {
      backends.answers(report(503, "TEXT cpu_utilization=0.5"), report(200, "JSON {"));
      runner(backends, backends.property())
          .withBean(
              "meter",
              BalancerCustomizer.class,
              () -> (service, balancer) -> balancer.strategy(LeastLoad.of(metric)))
          .run(
              context -> {
                get(context);
                get(context);
                assertThat(metric.heard())
                    .containsExactly(
                        "LoadReport[utilization=0.5]", "FAILURE", "SUCCESS", "SUCCESS");
              });
    }
  }

  @Test
  void theMeterHearsOfAWishThatComesWithTheLastResponse() throws Exception {
    RecordingMetric metric = new RecordingMetric();
    try (Backends backends = Backends.of(1)) {
      backends.answers(status(503).newBuilder().addHeader("Retry-After", "7").build());
      runner(backends, backends.property(), "evenkeel.defaults.failover.attempts=1")
          .withBean(
              "meter",
              BalancerCustomizer.class,
              () -> (service, balancer) -> balancer.strategy(LeastLoad.of(metric)))
          .run(
              context -> {
                assertThatThrownBy(() -> get(context));
                assertThat(metric.heard()).containsExactly("pushback PT7S", "FAILURE");
              });
    }
  }

  private static MockResponse report(int code, String value) {
    return status(code).newBuilder().addHeader("endpoint-load-metrics", value).build();
  }
}
