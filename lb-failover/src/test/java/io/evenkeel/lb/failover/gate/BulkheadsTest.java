package io.evenkeel.lb.failover.gate;

import static io.evenkeel.lb.failover.gate.Fixture.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent.ComponentFailed;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.testkit.Allocations;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BulkheadsTest {
  private final BulkheadRegistry registry = BulkheadRegistry.ofDefaults();
  private final Bulkheads bulkheads =
      Bulkheads.builder()
          .config(BulkheadConfig.custom().maxConcurrentCalls(2).build())
          .registry(registry)
          .build();
  private final Fixture fixture = new Fixture(bulkheads);

  private Bulkhead bulkhead(int number) {
    return registry.find("orders/s" + number).orElseThrow();
  }

  private int free(int number) {
    return bulkhead(number).getMetrics().getAvailableConcurrentCalls();
  }

  @Test
  void aFullEndpointIsPassedOverAndOnlyWhenAllAreFullARequestFails() {
    Balancer balancer = fixture.balancer(3);
    List<Lease> leases = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      leases.add(balancer.lease(RequestContext.none()));
    }
    assertThat(balancer.nodes()).allMatch(node -> node.inFlight() == 2);
    assertThatThrownBy(() -> balancer.lease(RequestContext.none()))
        .isInstanceOf(NoEndpointException.class)
        .hasMessage("orders: all 3 usable endpoints refused");
    leases.get(3).end(Outcome.FAILURE);
    Lease next = balancer.lease(RequestContext.none());
    assertThat(next.endpoint()).isEqualTo(leases.get(3).endpoint());
    next.end(Outcome.CANCELLED);
    leases.forEach(Lease::close);
    assertThat(List.of(free(1), free(2), free(3))).containsOnly(2);
  }

  @Test
  void waitingIsRefused() {
    BulkheadConfig waiting = BulkheadConfig.custom().maxWaitDuration(Duration.ofMillis(5)).build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Bulkheads.of(waiting))
        .withMessage(
            "maxWaitDuration: PT0.005S (expected: PT0S, since a full endpoint is passed over)");
  }

  @Test
  void forgottenLeasesGiveTheirPermitsBack() {
    fixture.builder.leaseLimit(Duration.ofSeconds(1));
    Balancer balancer = fixture.balancer(1);
    Lease unused = balancer.lease(RequestContext.none());
    assertThat(free(1)).isEqualTo(1);
    fixture.advance(Duration.ofSeconds(2));
    assertThat(free(1)).isEqualTo(2);
  }

  @Test
  void aMovedEndpointHasABulkheadOfItsOwnAndOldRequestsGiveItNothing() {
    Balancer balancer = fixture.balancer(1);
    Node node = node(balancer, 1);
    long first = fixture.begin(node);
    long second = fixture.begin(node);
    Bulkhead before = bulkhead(1);
    fixture.source.publish(Endpoint.builder("10.9.9.9", 9).id("s1").build());
    assertThat(bulkhead(1)).isNotSameAs(before);
    long third = fixture.begin(node);
    fixture.end(node, first, Outcome.SUCCESS);
    fixture.end(node, second, Outcome.CANCELLED);
    assertThat(free(1)).isEqualTo(1);
    fixture.end(node, third, Outcome.SUCCESS);
    assertThat(free(1)).isEqualTo(2);
    assertThat(balancer.nodes()).containsExactly(node);
  }

  @Test
  void anEndpointThatComesBackOwesNothing() {
    Balancer balancer = fixture.balancer(2);
    Node node = node(balancer, 2);
    long stamp = fixture.begin(node);
    fixture.publish(1);
    assertThat(registry.find("orders/s2")).isEmpty();
    fixture.publish(2);
    assertThat(node(balancer, 2)).isSameAs(node);
    fixture.end(node, stamp, Outcome.SUCCESS);
    assertThat(free(2)).isEqualTo(2);
    balancer.close();
    assertThat(registry.getAllBulkheads()).isEmpty();
  }

  @Test
  void aNameThatIsTakenIsAnError() {
    registry.bulkhead("orders/s1");
    fixture.balancer(1);
    assertThat(((ComponentFailed) fixture.events.get(0)).cause())
        .hasMessage("bulkhead: orders/s1 (expected: a name that is not taken in the registry)");
  }

  @Test
  void listenersThatThrowMakeNoPermits() {
    Balancer balancer = fixture.balancer(1);
    Node node = node(balancer, 1);
    bulkhead(1)
        .getEventPublisher()
        .onCallRejected(
            event -> {
              throw new IllegalStateException("broken");
            });
    for (int i = 0; i < 100; i++) {
      List<Long> stamps = List.of(fixture.begin(node), fixture.begin(node), fixture.begin(node));
      stamps.forEach(stamp -> fixture.end(node, stamp, Outcome.SUCCESS));
    }
    assertThat(free(1)).isEqualTo(2);
  }

  @Test
  @Timeout(120)
  void permitsAreConservedOverAMillionEndsOfAllKinds() throws Exception {
    Balancer balancer = fixture.balancer(1);
    Node node = node(balancer, 1);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Outcome[] outcomes = Outcome.values();
    Thread[] workers = new Thread[4];
    for (int t = 0; t < workers.length; t++) {
      SplittableRandom random = new SplittableRandom(t);
      workers[t] =
          new Thread(
              () -> {
                ArrayDeque<Long> begun = new ArrayDeque<>();
                for (int i = 0; i < 250_000; i++) {
                  long stamp = node.begin();
                  if (stamp != Node.REFUSED) {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    begun.add(stamp);
                  }
                  while (!begun.isEmpty() && random.nextInt(3) > 0) {
                    inside.decrementAndGet();
                    node.end(begun.remove(), outcomes[random.nextInt(outcomes.length)]);
                  }
                }
                inside.addAndGet(-begun.size());
                begun.forEach(stamp -> node.end(stamp, Outcome.TIMEOUT));
              });
      workers[t].start();
    }
    for (Thread worker : workers) {
      worker.join();
    }
    assertThat(most.get()).isEqualTo(2);
    assertThat(free(1)).isEqualTo(2);
    assertThat(node.inFlight()).isZero();
  }

  @Test
  void nothingIsAllocated() {
    Node node = node(fixture.balancer(1), 1);
    Allocations.assertNone("begin and end", () -> node.end(node.begin(), Outcome.SUCCESS));
    node.begin();
    node.begin();
    Allocations.assertNone(
        "a refusal",
        () -> {
          if (node.begin() != Node.REFUSED) {
            throw new AssertionError("begun");
          }
        });
  }

  @Test
  void itSaysHowItIsSet() {
    assertThat(Bulkheads.ofDefaults()).hasToString("Bulkheads[25]");
    assertThat(fixture.balancer(1).toString()).contains("health [Bulkheads[2]]");
  }
}
