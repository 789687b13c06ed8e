package io.evenkeel.lb.engine;

import static io.evenkeel.lb.engine.Fixture.endpoint;
import static io.evenkeel.lb.engine.Fixture.node;
import static io.evenkeel.lb.engine.Fixture.weighted;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeIdentityTest {
  private final Fixture fixture = new Fixture();

  @Test
  void aChangeOfFactsIsNotANewNode() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(weighted(1, 1));
    Node before = node(balancer, 1);
    final long stamp = before.begin();
    Endpoint changed =
        Endpoint.builder("10.0.0.9", 99).id("10.0.0.1:1").weight(5).zone("b").build();
    fixture.source.publish(changed);
    Node after = node(balancer, 99);
    assertThat(after).isSameAs(before);
    assertThat(after.endpoint()).isEqualTo(changed);
    assertThat(after.weight()).isEqualTo(5);
    assertThat(after.inFlight()).isEqualTo(1);
    after.end(stamp, Outcome.SUCCESS);
    assertThat(before.inFlight()).isZero();
  }

  @Test
  void anEndpointThatReturnsWhileRequestsAreInFlightIsTheSameNode() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1), endpoint(2));
    Node before = node(balancer, 1);
    final long stamp = before.begin();
    fixture.source.publish(endpoint(2));
    fixture.source.publish(endpoint(2), endpoint(3));
    fixture.source.publish(endpoint(1), endpoint(2));
    assertThat(node(balancer, 1)).isSameAs(before);
    before.end(stamp, Outcome.SUCCESS);
    assertThat(node(balancer, 1).inFlight()).isZero();
  }

  @Test
  void anEndpointThatReturnsAfterItsRequestsEndedIsANewNode() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1), endpoint(2));
    Node before = node(balancer, 1);
    fixture.source.publish(endpoint(2));
    fixture.source.publish(endpoint(1), endpoint(2));
    assertThat(node(balancer, 1)).isNotSameAs(before);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aNodeWhoseEndpointHasLeftTakesNoRequest(boolean bounded) {
    Balancer balancer = fixture.builder.strategy(new ToTheFirst(bounded)).build();
    fixture.source.publish(endpoint(1), endpoint(2));
    Node idle = node(balancer, 1);
    Node busy = node(balancer, 2);
    final long stamp = busy.begin();
    fixture.source.publish(endpoint(3));
    assertThat(idle.begin()).isEqualTo(Node.REFUSED);
    assertThat(busy.begin()).isEqualTo(Node.REFUSED);
    assertThat(idle.inFlight()).isZero();
    assertThat(busy.inFlight()).isEqualTo(1);
    fixture.source.publish(endpoint(1), endpoint(2));
    assertThat(idle.begin()).isEqualTo(Node.REFUSED);
    assertThat(node(balancer, 1).begin()).isNotEqualTo(Node.REFUSED);
    assertThat(busy.begin()).isNotEqualTo(Node.REFUSED);
    assertThat(busy.inFlight()).isEqualTo(2);
    busy.end(stamp, Outcome.SUCCESS);
    assertThat(busy.inFlight()).isEqualTo(1);
    balancer.close();
    assertThat(busy.begin()).isEqualTo(Node.REFUSED);
  }

  @Test
  void aLeaseIsFoundThoughItsEndpointLeftAndCameBackMeanwhile() {
    Balancer balancer =
        fixture
            .builder
            .strategy(
                (nodes, previous) ->
                    context -> {
                      Node chosen = nodes.usable().get(0);
                      if (previous == null) {
                        fixture.source.publish(endpoint(2));
                        fixture.source.publish(endpoint(1));
                      }
                      return chosen;
                    })
            .build();
    fixture.source.publish(endpoint(1));
    Node before = node(balancer, 1);
    try (Lease lease = balancer.lease(RequestContext.none())) {
      assertThat(lease.endpoint()).isEqualTo(endpoint(1));
      assertThat(before.inFlight()).isZero();
      assertThat(node(balancer, 1).inFlight()).isEqualTo(1);
    }
  }

  @Test
  void healthIsWatchedAnewForAnEndpointThatReturns() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1), endpoint(2));
    Fixture.Judge first = fixture.judges.get("10.0.0.1:1");
    final long stamp = node(balancer, 1).begin();
    fixture.source.publish(endpoint(2));
    assertThat(first.closed).isTrue();
    fixture.source.publish(endpoint(1), endpoint(2));
    Fixture.Judge second = fixture.judges.get("10.0.0.1:1");
    assertThat(second).isNotSameAs(first);
    node(balancer, 1).end(stamp, Outcome.SUCCESS);
    assertThat(second.recorded).containsExactly(Outcome.SUCCESS);
  }

  @Test
  void requestsOfARemovedEndpointAreStillRecorded() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1), endpoint(2));
    Node removed = node(balancer, 1);
    final long stamp = removed.begin();
    fixture.source.publish(endpoint(2));
    removed.end(stamp, Outcome.FAILURE);
    assertThat(fixture.judges.get("10.0.0.1:1").recorded).containsExactly(Outcome.FAILURE);
  }

  @Test
  void healthIsWatchedAnewWhenTheAddressChanges() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1));
    Fixture.Judge first = fixture.judges.get("10.0.0.1:1");
    fixture.source.publish(weighted(1, 2));
    assertThat(fixture.judges.get("10.0.0.1:1")).isSameAs(first);
    fixture.source.publish(Endpoint.builder("10.0.0.7", 1).id("10.0.0.1:1").build());
    assertThat(first.closed).isTrue();
    assertThat(fixture.judges.get("10.0.0.1:1")).isNotSameAs(first);
    assertThat(balancer.nodes()).hasSize(1);
  }

  @Test
  void nodesComeInTheOrderOfTheirIds() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(3), endpoint(1), endpoint(2));
    assertThat(balancer.nodes().stream().map(node -> node.endpoint().port()).toList())
        .containsExactly(1, 2, 3);
  }

  @Test
  void noCountIsLostWhileSetsAreReplacedUnderRequests() throws Exception {
    Balancer balancer =
        Balancer.builder("orders")
            .source(fixture.source)
            .strategy((nodes, previous) -> context -> null)
            .ticker(fixture.ticker)
            .scheduler(fixture.scheduler)
            .build();
    fixture.source.publish(endpoint(1), endpoint(2), endpoint(3));
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<Future<Set<Node>>> users =
          IntStream.range(0, 3)
              .mapToObj(i -> threads.submit(() -> beginAndEnd(balancer, stop)))
              .toList();
      for (int i = 0; i < 20_000; i++) {
        fixture.source.publish(endpoint(1), endpoint(2 + i % 3));
      }
      stop.set(true);
      Set<Node> used = new HashSet<>();
      for (Future<Set<Node>> user : users) {
        used.addAll(user.get());
      }
      // Not before all have ended: they use the same nodes.
      assertThat(used).hasSizeGreaterThanOrEqualTo(4).allMatch(node -> node.inFlight() == 0);
    } finally {
      stop.set(true);
      threads.shutdownNow();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRequestThatEndsTwiceDoesNotShutItsNode(boolean bounded) {
    Balancer balancer = fixture.builder.strategy(new ToTheFirst(bounded)).build();
    fixture.source.publish(endpoint(1));
    Node node = node(balancer, 1);
    long stamp = node.begin();
    node.end(stamp, Outcome.SUCCESS);
    node.end(stamp, Outcome.SUCCESS);
    assertThat(node.inFlight()).isZero();
    assertThat(node.begin()).isNotEqualTo(Node.REFUSED);
    assertThat(node.inFlight()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRequestThatEndsTwiceAfterItsEndpointLeftNeitherOpensNorKeepsTheNode(boolean bounded) {
    Balancer balancer = fixture.builder.strategy(new ToTheFirst(bounded)).build();
    fixture.source.publish(endpoint(1));
    Node left = node(balancer, 1);
    long stamp = left.begin();
    fixture.source.publish(endpoint(2));
    left.end(stamp, Outcome.SUCCESS);
    left.end(stamp, Outcome.SUCCESS);
    assertThat(left.inFlight()).isZero();
    assertThat(left.begin()).isEqualTo(Node.REFUSED);
    fixture.source.publish(endpoint(3));
    fixture.source.publish(endpoint(1));
    assertThat(node(balancer, 1)).isNotSameAs(left);
  }

  private static Set<Node> beginAndEnd(Balancer balancer, AtomicBoolean stop) {
    Set<Node> used = Collections.newSetFromMap(new IdentityHashMap<>());
    while (!stop.get()) {
      Node node = balancer.select(RequestContext.none());
      long stamp = node.begin();
      if (stamp != Node.REFUSED) {
        used.add(node);
        node.end(stamp, Outcome.SUCCESS);
      }
    }
    return used;
  }

  private record ToTheFirst(boolean boundsLoad) implements Strategy {
    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      if (boundsLoad) {
        nodes.boundLoad(100);
      }
      return context -> nodes.usable().get(0);
    }
  }
}
