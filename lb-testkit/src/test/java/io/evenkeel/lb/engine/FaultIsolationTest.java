package io.evenkeel.lb.engine;

import static io.evenkeel.lb.engine.Fixture.endpoint;
import static io.evenkeel.lb.engine.Fixture.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerEvent.ComponentFailed;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a user plugs in may throw; nothing else is harmed, and it is seen. */
class FaultIsolationTest {
  private final RuntimeException broken = new IllegalStateException("broken");

  private final Fixture fixture = new Fixture();

  private static Set<Integer> chosen(Balancer balancer) {
    return IntStream.range(0, 200)
        .mapToObj(i -> balancer.select(RequestContext.none()).endpoint().port())
        .collect(Collectors.toSet());
  }

  private void assertReported(String component) {
    assertThat(fixture.events(ComponentFailed.class))
        .containsExactly(new ComponentFailed("orders", component, 1, broken));
  }

  private static void beginAndEnd(Node node) {
    node.end(node.begin(), Outcome.SUCCESS);
    assertThat(node.inFlight()).isZero();
  }

  @Test
  void aStrategyThatThrowsWhenItIsAskedForASelectorLeavesTheChoiceToChance() {
    boolean[] failing = {true};
    Balancer balancer =
        fixture
            .builder
            .strategy(
                (nodes, previous) -> {
                  if (failing[0]) {
                    throw broken;
                  }
                  Node first = nodes.usable().get(0);
                  return context -> first;
                })
            .build();
    fixture.source.publish(endpoint(1), endpoint(2));
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(1, 2);
    assertReported("strategy");
    failing[0] = false;
    fixture.source.publish(endpoint(1), endpoint(2), endpoint(3));
    assertThat(chosen(balancer)).containsExactly(1);
  }

  @Test
  void aSelectorThatThrowsLeavesTheChoiceToChance() {
    Balancer balancer =
        fixture
            .builder
            .strategy(
                (nodes, previous) ->
                    context -> {
                      throw broken;
                    })
            .build();
    fixture.source.publish(endpoint(1), endpoint(2));
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(1, 2);
    assertReported("strategy");
  }

  @Test
  void aMeterThatThrowsIsReplacedByTheCount() {
    Balancer balancer = fixture.builder.strategy(new Metered(new BrokenMeter())).build();
    fixture.source.publish(endpoint(1));
    Node node = node(balancer, 1);
    long stamp = node.begin();
    assertThat(node.load()).isEqualTo(2);
    node.end(stamp, Outcome.SUCCESS);
    node.pushback(1);
    assertThat(node.inFlight()).isZero();
    assertReported("load meter");
  }

  @Test
  void aMetricThatThrowsIsReplacedByTheCount() {
    Balancer balancer =
        fixture
            .builder
            .strategy(
                new Metered(
                    (endpoint, typicalLoad, now) -> {
                      throw broken;
                    }))
            .build();
    fixture.source.publish(endpoint(1));
    beginAndEnd(node(balancer, 1));
    assertThat(node(balancer, 1).load()).isEqualTo(1);
    assertReported("load meter");
  }

  @Test
  void anIndicatorThatThrowsCountsAsFit() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1), endpoint(2));
    fixture.judges.get("10.0.0.1:1").thrown = broken;
    fixture.judges.get("10.0.0.1:2").judge(0.7);
    fixture.scheduler.run();
    beginAndEnd(node(balancer, 1));
    assertThat(node(balancer, 1).weight()).isEqualTo(1);
    assertThat(node(balancer, 2).weight()).isEqualTo(0.7);
    fixture.source.publish(endpoint(2));
    assertReported("health");
  }

  @Test
  void healthOutOfRangeCountsAsFitAndIsReported() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1), endpoint(2));
    fixture.judges.get("10.0.0.1:1").judge(Double.NaN);
    fixture.scheduler.run();
    assertThat(node(balancer, 1).weight()).isEqualTo(1);
    assertThat(fixture.events(ComponentFailed.class).get(0).cause())
        .hasMessage("health of 10.0.0.1:1: NaN (expected: 0.0..1.0)");
  }

  @Test
  void aListenerThatThrowsHarmsNeitherRequestsNorOtherListeners() {
    List<BalancerEvent> seenByLast = new ArrayList<>();
    Balancer balancer =
        fixture
            .builder
            .listener(
                new BalancerListener() {
                  @Override
                  public void onEnd(String name, Endpoint endpoint, Outcome outcome, long nanos) {
                    throw broken;
                  }

                  @Override
                  public void onEvent(BalancerEvent event) {
                    throw broken;
                  }
                })
            .listener(
                new BalancerListener() {
                  @Override
                  public void onEvent(BalancerEvent event) {
                    seenByLast.add(event);
                  }
                })
            .build();
    fixture.source.publish(endpoint(1));
    beginAndEnd(node(balancer, 1));
    assertReported("listener");
    assertThat(seenByLast).hasSize(2);
  }

  @Test
  void aFaultIsReportedOnceAMinuteWithItsCount() {
    Balancer balancer = fixture.builder.strategy(new Metered(new BrokenMeter())).build();
    fixture.source.publish(endpoint(1));
    Node node = node(balancer, 1);
    for (int second = 0; second < 150; second++) {
      beginAndEnd(node);
      fixture.scheduler.advance(Duration.ofSeconds(1));
    }
    assertThat(fixture.events(ComponentFailed.class).stream().map(ComponentFailed::count).toList())
        .containsExactly(1L, 60L, 60L);
  }

  @Test
  void aJvmInTroubleIsNotHidden() {
    OutOfMemoryError trouble = new OutOfMemoryError("simulated");
    boolean[] failing = {true};
    Balancer balancer =
        fixture
            .builder
            .strategy(
                (nodes, previous) -> {
                  if (failing[0]) {
                    throw trouble;
                  }
                  return context -> null;
                })
            .build();
    assertThatThrownBy(() -> fixture.source.publish(endpoint(1))).isSameAs(trouble);
    failing[0] = false;
    fixture.scheduler.advance(Duration.ofSeconds(1));
    assertThat(chosen(balancer)).containsExactly(1);
    fixture.source.publish(endpoint(2));
    assertThat(chosen(balancer)).containsExactly(2);
  }

  private record Metered(LoadMetric loadMetric) implements Strategy {
    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      return context -> null;
    }
  }

  private final class BrokenMeter implements LoadMetric, LoadMeter {
    @Override
    public LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos) {
      return this;
    }

    @Override
    public double load(int inFlight, long recentNanos) {
      throw broken;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {
      throw broken;
    }

    @Override
    public void pushback(long nanos, long nowNanos) {
      throw broken;
    }
  }
}
