package io.evenkeel.lb.testkit.cluster;

import static io.evenkeel.lb.testkit.cluster.Arrivals.poisson;
import static io.evenkeel.lb.testkit.cluster.Change.recovers;
import static io.evenkeel.lb.testkit.cluster.Change.slows;
import static io.evenkeel.lb.testkit.cluster.ServiceTime.exponential;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Strategy;
import org.junit.jupiter.api.Test;

/** The example in the documentation of {@link Cluster}. */
class ClusterExampleTest {
  @Test
  void theExampleRuns() {
    Strategy strategy = Strategies.IN_TURN;
    ClusterResult result =
        Cluster.builder()
            .servers(10, Server.ofSlots(8).serviceTime(exponential(ofMillis(10))))
            .clients(3)
            .strategy(strategy)
            .arrivals(poisson(5000))
            .warmUp(ofSeconds(5))
            .duration(ofSeconds(60))
            .timeout(ofSeconds(1))
            .attempts(2)
            .at(ofSeconds(20), slows("s3", 10))
            .at(ofSeconds(40), recovers("s3"))
            .build()
            .run(42);
    // In turn, the slow server still gets its tenth, half of which is more than it can take.
    assertThat(result.server("s3").mostInFlight()).isGreaterThan(1000);
    assertThat(result.retries()).isGreaterThan(1000);
    assertThat(result.cluster()).startsWith("Cluster[servers={s1..s10: Server[slots=8, queue=");
  }
}
