package io.evenkeel.lb.engine;

import static io.evenkeel.lb.engine.Fixture.endpoint;
import static io.evenkeel.lb.engine.Fixture.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent.ComponentFailed;
import io.evenkeel.lb.BalancerEvent.PanicChanged;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Explanation.Candidate;
import io.evenkeel.lb.Explanation.Exclusion;
import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.HealthMonitor;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.testkit.Allocations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A balancer with three policies. */
class CombinedHealthTest {
  private static final String ONE = "10.0.0.1:1";

  private final RuntimeException broken = new IllegalStateException("broken");

  private final Fixture fixture = new Fixture();
  private final List<String> calls = new ArrayList<>();
  private final Policy first = new Policy("first");
  private final Policy second = new Policy("second");
  private final Policy third = new Policy("third");

  private Balancer balancer() {
    Balancer balancer = fixture.builder.health(first, second, third).panicThreshold(0).build();
    fixture.source.publish(endpoint(1), endpoint(2));
    return balancer;
  }

  @Test
  void anEndpointIsAsFitAsTheLeastSays() {
    Balancer balancer = balancer();
    first.parts.get(ONE).health = 0.8;
    second.parts.get(ONE).health = 0.3;
    third.parts.get(ONE).health = 0.5;
    second.changed();
    assertThat(node(balancer, 1).weight()).isEqualTo(0.3);
    third.parts.get(ONE).health = 0;
    third.changed();
    assertThat(balancer.explain(RequestContext.none()).candidates())
        .containsExactly(
            new Candidate(endpoint(1), 0, 1, 0, 0, Exclusion.UNFIT),
            new Candidate(endpoint(2), 0, 1, 1, 1, null));
  }

  @Test
  void anEndpointIsWithdrawnIfOneSaysSo() {
    Balancer balancer = balancer();
    second.parts.get(ONE).withdrawn = true;
    second.changed();
    assertThat(balancer.explain(RequestContext.none()).candidates().get(0).exclusion())
        .isEqualTo(Exclusion.DRAINED);
  }

  @Test
  void whatOnePolicySaysOfNoSenseCountsAsFit() {
    Balancer balancer = balancer();
    first.parts.get(ONE).health = Double.NaN;
    second.parts.get(ONE).health = 0.5;
    second.changed();
    assertThat(node(balancer, 1).weight()).isEqualTo(0.5);
    assertThat(fixture.events(ComponentFailed.class).get(0).cause())
        .hasMessage("health of 10.0.0.1:1: NaN (expected: 0.0..1.0)");
  }

  @Test
  void allAreAskedInOrderAndToldOfTheEnd() {
    Balancer balancer = balancer();
    calls.clear();
    Node node = node(balancer, 1);
    node.end(node.begin(), Outcome.TIMEOUT);
    node.pushback(7);
    assertThat(calls)
        .containsExactly(
            "first admits",
            "second admits",
            "third admits",
            "first TIMEOUT",
            "second TIMEOUT",
            "third TIMEOUT",
            "first spares 7",
            "second spares 7",
            "third spares 7");
  }

  @Test
  void thoseThatHadAdmittedTakeItBackWhenALaterOneRefuses() {
    Balancer balancer = balancer();
    third.parts.get(ONE).refusing = true;
    calls.clear();
    assertThat(node(balancer, 1).begin()).isEqualTo(Node.REFUSED);
    assertThat(calls)
        .containsExactly(
            "first admits",
            "second admits",
            "third refuses",
            "second CANCELLED",
            "first CANCELLED");
    calls.clear();
    first.parts.get(ONE).refusing = true;
    assertThat(node(balancer, 1).begin()).isEqualTo(Node.REFUSED);
    assertThat(calls).containsExactly("first refuses");
    assertThat(node(balancer, 1).inFlight()).isZero();
  }

  @Test
  void whatIsTakenBackIsOfTheSameMomentAsTheBegin() {
    Balancer balancer = balancer();
    second.parts.get(ONE).refusing = true;
    node(balancer, 1).begin();
    Part asked = first.parts.get(ONE);
    assertThat(asked.recordedAt - asked.recordedLatency).isEqualTo(asked.askedAt);
  }

  @Test
  void aLeaseGoesElsewhereAndNoPermitIsLost() {
    Balancer balancer = balancer();
    third.parts.get(ONE).refusing = true;
    try (Lease lease = balancer.lease(RequestContext.none())) {
      assertThat(lease.endpoint()).isEqualTo(endpoint(2));
    }
    third.parts.get("10.0.0.1:2").refusing = true;
    assertThatThrownBy(() -> balancer.lease(RequestContext.none()))
        .isInstanceOf(NoEndpointException.class)
        .hasMessageContaining("refused");
    for (Policy policy : List.of(first, second, third)) {
      policy.parts.values().forEach(part -> assertThat(part.held).isZero());
    }
  }

  @Test
  void oneThatThrowsLeavesTheOthersWithWhatTheyAreTold() {
    Balancer balancer = balancer();
    first.parts.get(ONE).thrown = broken;
    third.parts.get(ONE).health = 0.5;
    third.changed();
    assertThat(node(balancer, 1).weight()).isEqualTo(0.5);
    calls.clear();
    Node node = node(balancer, 1);
    node.end(node.begin(), Outcome.SUCCESS);
    node.pushback(1);
    fixture.source.publish(endpoint(2));
    assertThat(calls)
        .containsExactly(
            "second admits",
            "third admits",
            "second SUCCESS",
            "third SUCCESS",
            "second spares 1",
            "third spares 1",
            "second closes",
            "third closes");
    assertThat(fixture.events(ComponentFailed.class))
        .containsExactly(new ComponentFailed("orders", "health", 1, broken));
  }

  @Test
  void oneThatCannotWatchIsAskedAgainAtTheNextSet() {
    second.thrown = broken;
    Balancer balancer = balancer();
    calls.clear();
    node(balancer, 1).end(node(balancer, 1).begin(), Outcome.SUCCESS);
    assertThat(calls)
        .containsExactly("first admits", "third admits", "first SUCCESS", "third SUCCESS");
    second.thrown = null;
    calls.clear();
    Part before = first.parts.get(ONE);
    fixture.source.publish(endpoint(1), endpoint(2), endpoint(3));
    node(balancer, 1).end(node(balancer, 1).begin(), Outcome.SUCCESS);
    assertThat(first.parts.get(ONE)).isSameAs(before);
    assertThat(calls)
        .containsExactly(
            "first admits",
            "second admits",
            "third admits",
            "first SUCCESS",
            "second SUCCESS",
            "third SUCCESS");
  }

  @Test
  void allHearOfPanicAndOfTheEndWhateverOneThrows() {
    Balancer balancer = fixture.builder.health(first, second, third).build();
    fixture.source.publish(endpoint(1), endpoint(2), endpoint(3));
    first.monitorThrown = broken;
    second.parts.get(ONE).health = 0;
    third.parts.get("10.0.0.1:2").health = 0;
    calls.clear();
    third.changed();
    assertThat(fixture.events(PanicChanged.class)).hasSize(1);
    assertThat(calls).containsExactly("first panic true", "second panic true", "third panic true");
    calls.clear();
    balancer.close();
    assertThat(calls).endsWith("first ends", "second ends", "third ends").hasSize(12);
  }

  @Test
  void ifOneCannotBeginTheBuildFailsAndThoseBeforeItEnd() {
    HealthPolicy failing =
        context -> {
          throw broken;
        };
    assertThatThrownBy(() -> fixture.builder.health(first, second, failing, third).build())
        .isSameAs(broken);
    assertThat(calls).containsExactly("first ends", "second ends");
  }

  @Test
  void aMovedEndpointIsWatchedAnewByAll() {
    balancer();
    calls.clear();
    Part before = third.parts.get(ONE);
    fixture.source.publish(Endpoint.builder("10.0.0.9", 1).id(ONE).build(), endpoint(2));
    assertThat(calls).containsExactly("first closes", "second closes", "third closes");
    assertThat(third.parts.get(ONE)).isNotSameAs(before);
  }

  @Test
  void theBalancerSaysWhatJudgesItsEndpoints() {
    assertThat(balancer())
        .hasToString(
            "Balancer[orders, FirstUsable, health [first, second, third], "
                + "panic below 0.0, leases end after PT10M, NodeSet[2 of 2 usable]]");
  }

  @Test
  void nothingIsAllocated() {
    HealthPolicy silent = context -> node -> new Silent(true);
    HealthPolicy refusing = context -> node -> new Silent(node.endpoint().port() == 1);
    Balancer balancer = fixture.builder.health(silent, silent, refusing).build();
    fixture.source.publish(endpoint(1), endpoint(2));
    Node admitting = node(balancer, 1);
    Node full = node(balancer, 2);
    Allocations.assertNone(
        "begin, end and a refusal",
        () -> {
          admitting.end(admitting.begin(), Outcome.SUCCESS);
          if (full.begin() != Node.REFUSED) {
            throw new AssertionError();
          }
        });
  }

  private record Silent(boolean admitting) implements HealthIndicator {
    @Override
    public double health() {
      return 1;
    }

    @Override
    public boolean admit(long nowNanos) {
      return admitting;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {}
  }

  private final class Policy implements HealthPolicy, HealthMonitor {
    final Map<String, Part> parts = new HashMap<>();
    final String name;
    @Nullable HealthContext context;
    @Nullable RuntimeException thrown;
    @Nullable RuntimeException monitorThrown;

    Policy(String name) {
      this.name = name;
    }

    @Override
    public HealthMonitor newMonitor(HealthContext context) {
      this.context = context;
      return this;
    }

    void changed() {
      if (context != null) {
        context.changed();
      }
      fixture.scheduler.run();
    }

    @Override
    public HealthIndicator watch(Node node) {
      if (thrown != null) {
        throw thrown;
      }
      Part part = new Part(name);
      parts.put(node.endpoint().id(), part);
      return part;
    }

    @Override
    public void panicChanged(boolean panic) {
      calls.add(name + " panic " + panic);
      throwIfTold();
    }

    @Override
    public void close() {
      calls.add(name + " ends");
      throwIfTold();
    }

    private void throwIfTold() {
      if (monitorThrown != null) {
        throw monitorThrown;
      }
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private final class Part implements HealthIndicator {
    final String name;
    double health = 1;
    boolean withdrawn;
    boolean refusing;
    @Nullable RuntimeException thrown;
    int held;
    long askedAt;
    long recordedAt;
    long recordedLatency;

    Part(String name) {
      this.name = name;
    }

    private void call(String what) {
      if (thrown != null) {
        throw thrown;
      }
      calls.add(name + " " + what);
    }

    @Override
    public double health() {
      return health;
    }

    @Override
    public boolean isWithdrawn() {
      return withdrawn;
    }

    @Override
    public boolean admit(long nowNanos) {
      call(refusing ? "refuses" : "admits");
      askedAt = nowNanos;
      held += refusing ? 0 : 1;
      return !refusing;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {
      call(outcome.toString());
      recordedAt = nowNanos;
      recordedLatency = latencyNanos;
      held--;
    }

    @Override
    public void pushback(long nanos) {
      call("spares " + nanos);
    }

    @Override
    public void close() {
      call("closes");
    }
  }
}
