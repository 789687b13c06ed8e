package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.ManualSource;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RoundRobinTest {
  @Test
  void anyNConsecutiveChoicesVisitAllNodes() {
    for (int n : new int[] {1, 2, 3, 7, 10, 64, 1000}) {
      int[] sequence = Choices.sequence(RoundRobin.of(), n, 3 * n, Choices.equal(n));
      for (int from = 0; from <= 2 * n; from++) {
        assertThat(Arrays.stream(sequence, from, from + n).distinct().count()).isEqualTo(n);
      }
    }
  }

  @Test
  void sharesAreExactForAnyNumberOfThreads() throws Exception {
    for (int threads : new int[] {1, 8, 32}) {
      int[] counts = Choices.countsOfThreads(RoundRobin.of(), threads, 7_000, Choices.equal(7));
      assertThat(counts).containsOnly(1_000 * threads);
    }
  }

  @Test
  void theTurnGoesOnWhenOtherNodesComeAndGo() {
    FakeTicker ticker = new FakeTicker();
    ManualSource source = new ManualSource();
    source.publish(Choices.endpoints(1, 1, 1, 1));
    try (Balancer balancer =
        Balancer.builder("turns")
            .source(source)
            .strategy(RoundRobin.of())
            .ticker(ticker)
            .scheduler(new ManualScheduler(ticker))
            .build()) {
      int[] counts = new int[4];
      for (int i = 0; i < 400; i++) {
        // A rebuild between any two choices must not begin again with the same node.
        source.publish(Choices.endpoints(1, 1, 1, 1 + i % 2));
        counts[balancer.select(RequestContext.none()).endpoint().port() - 1]++;
      }
      assertThat(counts).containsOnly(100);
    }
  }
}
