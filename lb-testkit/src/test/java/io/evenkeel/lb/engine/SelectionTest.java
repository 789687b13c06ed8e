package io.evenkeel.lb.engine;

import static io.evenkeel.lb.engine.Fixture.endpoint;
import static io.evenkeel.lb.engine.Fixture.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.NoEndpointException.Reason;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.engine.Fixture.Tried;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SelectionTest {
  private final Fixture fixture = new Fixture();

  private static void assertNoEndpoint(Balancer balancer, Reason reason, String message) {
    assertThatThrownBy(() -> balancer.select(RequestContext.none()))
        .hasMessage(message)
        .asInstanceOf(type(NoEndpointException.class))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
        .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
  }

  @Test
  void whyThereIsNoEndpointIsSaid() {
    Balancer balancer = fixture.builder.build();
    assertNoEndpoint(balancer, Reason.NOT_READY, "orders: no endpoints yet");
    fixture.source.publish(EndpointSet.none());
    assertNoEndpoint(balancer, Reason.EMPTY, "orders: the source has no endpoint");
    fixture.source.publish(weighted(1, 0), weighted(2, 0));
    assertNoEndpoint(balancer, Reason.UNAVAILABLE, "orders: none of 2 endpoints may be used");
    balancer.close();
    assertNoEndpoint(balancer, Reason.CLOSED, "orders: the balancer is closed");
  }

  @Test
  void anEmptyFirstSetIsNamedAsTheReasonAndDoesNotMakeReady() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish();
    assertNoEndpoint(
        balancer,
        Reason.EMPTY,
        "orders: the source's set was refused: it is empty, and the source does not say that it"
            + " means it");
    assertThat(balancer.ready(Duration.ofSeconds(1)).toCompletableFuture()).isNotDone();
  }

  @Test
  void anAccidentallyEmptySetIsRefusedAndTheLastGoodOneStays() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1));
    fixture.source.publish();
    assertThat(balancer.select(RequestContext.none()).endpoint()).isEqualTo(endpoint(1));
    assertThat(fixture.events(BalancerEvent.SetRefused.class)).hasSize(1);
    fixture.source.publish(EndpointSet.none());
    assertNoEndpoint(balancer, Reason.EMPTY, "orders: the source has no endpoint");
  }

  @Test
  void aRetryGoesToAnUntriedEndpointAtRandomByWeight() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1), weighted(2, 1), weighted(3, 3), weighted(4, 0));
    Map<Integer, Integer> counts = new HashMap<>();
    for (int i = 0; i < 4_000; i++) {
      Node node = balancer.select(new Tried(endpoint(1)));
      counts.merge(node.endpoint().port(), 1, Integer::sum);
    }
    assertThat(counts).containsOnlyKeys(2, 3);
    assertThat(counts.getOrDefault(2, 0)).isBetween(850, 1_150);
  }

  @Test
  void whenAllWereTriedTheStrategyDecides() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1), endpoint(2));
    Tried all = new Tried(endpoint(1), endpoint(2));
    assertThat(balancer.select(all).endpoint()).isEqualTo(endpoint(1));
  }

  @Test
  void aSelectorWithoutAChoiceLeavesItToChance() {
    Balancer balancer = fixture.builder.strategy((nodes, previous) -> context -> null).build();
    fixture.source.publish(endpoint(1), endpoint(2));
    Map<Integer, Integer> counts = new HashMap<>();
    for (int i = 0; i < 1_000; i++) {
      counts.merge(balancer.select(RequestContext.none()).endpoint().port(), 1, Integer::sum);
    }
    assertThat(counts.getOrDefault(1, 0)).isBetween(400, 600);
    assertThat(counts).hasSize(2);
  }

  @Test
  void aRemovedEndpointGetsNoNewRequestAndItsRequestsFinish() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1), endpoint(2));
    Lease lease = balancer.lease(RequestContext.none());
    assertThat(lease.endpoint()).isEqualTo(endpoint(1));
    fixture.source.publish(endpoint(2));
    assertThat(balancer.select(RequestContext.none()).endpoint()).isEqualTo(endpoint(2));
    assertThat(lease.node().inFlight()).isEqualTo(1);
    assertThat(lease.end(Outcome.SUCCESS)).isTrue();
    assertThat(lease.node().inFlight()).isZero();
  }

  @Test
  void aNodeThatRefusesIsPassedOver() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1), endpoint(2), endpoint(3));
    fixture.judges.get("10.0.0.1:1").admitting = false;
    fixture.judges.get("10.0.0.1:3").admitting = false;
    Lease lease = balancer.lease(RequestContext.none());
    assertThat(lease.endpoint()).isEqualTo(endpoint(2));
    assertThat(Fixture.node(balancer, 1).begin()).isEqualTo(Node.REFUSED);
    assertThat(Fixture.node(balancer, 1).inFlight()).isZero();
    lease.end(Outcome.SUCCESS);
    assertThat(fixture.judges.get("10.0.0.1:2").recorded).containsExactly(Outcome.SUCCESS);
  }

  @Test
  void whenAllUntriedRefuseATriedOneTakesTheRequest() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1), endpoint(2), endpoint(3));
    fixture.judges.get("10.0.0.1:1").admitting = false;
    fixture.judges.get("10.0.0.1:3").admitting = false;
    for (int i = 0; i < 20; i++) {
      try (Lease lease = balancer.lease(new Tried(endpoint(2)))) {
        assertThat(lease.endpoint()).isEqualTo(endpoint(2));
      }
    }
  }

  @Test
  void whenAllRefuseThereIsNoEndpoint() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1), endpoint(2));
    fixture.judges.values().forEach(judge -> judge.admitting = false);
    assertThatThrownBy(() -> balancer.lease(RequestContext.none()))
        .hasMessage("orders: all 2 usable endpoints refused");
  }

  @Test
  void aRefusedStampCannotBeEnded() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1));
    Node node = balancer.select(RequestContext.none());
    assertThatThrownBy(() -> node.end(Node.REFUSED, Outcome.SUCCESS))
        .hasMessage("stamp: REFUSED (expected: what a begin returned)");
    assertThat(node.inFlight()).isZero();
  }
}
