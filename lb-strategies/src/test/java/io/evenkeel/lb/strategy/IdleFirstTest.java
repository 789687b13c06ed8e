package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class IdleFirstTest {
  private static final int NODES = 1_000;

  private static Strategy strategy(LoadMetric metric) {
    return IdleFirst.builder().fullScanUpTo(0).metric(metric).build();
  }

  private static Balancer balancer(LoadMetric metric) {
    return Choices.balancer(strategy(metric), new SplittableRandom(7), Choices.equal(NODES));
  }

  private static Node choose(Balancer balancer) {
    return balancer.select(RequestContext.none());
  }

  @Test
  void nearlyEveryNodeGetsARequestBeforeAnyGetsTwo() {
    try (Balancer balancer = balancer(LoadMetric.inFlight())) {
      Set<Node> chosen = new HashSet<>();
      for (int i = 0; i < NODES; i++) {
        Node node = choose(balancer);
        node.begin();
        chosen.add(node);
      }
      // Two choices would leave 238 of them idle: x/(2 - x) = exp(-2).
      assertThat(chosen).hasSizeGreaterThan(NODES - 40);
    }
  }

  @Test
  void theOneNodeThatBecomesIdleIsFound() {
    try (Balancer balancer = balancer(LoadMetric.inFlight())) {
      List<Long> stamps = new ArrayList<>();
      balancer.nodes().forEach(node -> stamps.add(node.begin()));
      for (int i = 0; i < NODES; i++) {
        // Where no node is idle, choices take the stale notes away, five at a time.
        choose(balancer);
      }
      SplittableRandom random = new SplittableRandom(3);
      for (int i = 0; i < 100; i++) {
        int index = random.nextInt(NODES);
        Node idle = balancer.nodes().get(index);
        idle.end(stamps.get(index), Outcome.SUCCESS);
        assertThat(choose(balancer)).as("choice %d", i).isSameAs(idle);
        stamps.set(index, idle.begin());
      }
    }
  }

  @Test
  void anIdleNodeThatIsTooSlowIsNotTaken() {
    FrozenLoad idleIsWorse = new FrozenLoad(endpoint -> endpoint.port() == 1 ? 1_000 : 1);
    try (Balancer balancer = balancer(idleIsWorse)) {
      for (Node node : balancer.nodes()) {
        if (node.endpoint().port() != 1) {
          node.begin();
        }
      }
      for (int i = 0; i < 1_000; i++) {
        assertThat(choose(balancer).endpoint().port()).isNotEqualTo(1);
      }
    }
  }

  @Test
  void aNodeThatLostItsNoteWhileItWasSlowIsFoundAgain() {
    AtomicBoolean slow = new AtomicBoolean(true);
    LoadMetric metric = (endpoint, typicalLoad, nowNanos) -> new Recovering(endpoint, slow);
    try (Balancer balancer = balancer(metric)) {
      Map<Node, Long> stamps = new HashMap<>();
      balancer.nodes().stream()
          .filter(node -> node.endpoint().port() != 1)
          .forEach(node -> stamps.put(node, node.begin()));
      for (int i = 0; i < NODES; i++) {
        choose(balancer);
      }
      stamps.forEach((node, stamp) -> node.end(stamp, Outcome.SUCCESS));
      slow.set(false);
      // One of 64 choices draws 4 of 1,000 nodes: once in 16,000 it is among them.
      int found = 0;
      for (int i = 0; i < 160_000; i++) {
        found += choose(balancer).endpoint().port() == 1 ? 1 : 0;
      }
      assertThat(found).isBetween(1, 30);
    }
  }

  @Test
  void aRetryGoesToANodeThatWasNotTried() {
    try (Balancer balancer = balancer(LoadMetric.inFlight())) {
      Request request = new Request();
      for (int i = 0; i < NODES; i++) {
        String next = balancer.select(request).endpoint().id();
        assertThat(request.tried.add(next)).as("choice %d", i).isTrue();
      }
    }
  }

  @Test
  void itIsWhatBalancersDoByDefault() {
    assertThat(ServiceLoader.load(Strategy.class).findFirst())
        .hasValueSatisfying(
            strategy ->
                assertThat(strategy)
                    .hasToString(
                        "IdleFirst[idle=5, random=4, fullScanUpTo=128,"
                            + " metric=PeakEwma[tau=PT10S, failurePenalty=50.0]]"));
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IdleFirst.builder().idle(0))
        .withMessage("idle: 0 (expected: 1..64)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IdleFirst.builder().random(65))
        .withMessage("random: 65 (expected: 1..64)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IdleFirst.builder().fullScanUpTo(-1))
        .withMessage("fullScanUpTo: -1 (expected: >= 0)");
  }

  /** The first node is slower than all others, and then faster. */
  private record Recovering(Endpoint endpoint, AtomicBoolean slow) implements LoadMeter {
    @Override
    public double load(int inFlight, long recentNanos) {
      return endpoint.port() != 1 ? 1 : slow.get() ? 1_000 : 0.1;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {}
  }
}
