package io.evenkeel.lb.engine;

import static io.evenkeel.lb.engine.Fixture.endpoint;
import static io.evenkeel.lb.engine.Fixture.node;
import static io.evenkeel.lb.engine.Fixture.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent.PanicChanged;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PanicTest {
  private final Fixture fixture = new Fixture();

  private void judge(int port, double health) {
    fixture.judges.get("10.0.0.1:" + port).judge(health);
    fixture.scheduler.run();
  }

  private static Set<Integer> chosen(Balancer balancer) {
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      ports.add(balancer.select(RequestContext.none()).endpoint().port());
    }
    return ports;
  }

  private Balancer byChance() {
    return fixture.builder.health(fixture).strategy((nodes, previous) -> context -> null).build();
  }

  @Test
  void aNodeThatIsFitAgainBeginsLikeANewOne() {
    Map<Integer, List<Double>> renewed = new HashMap<>();
    Strategy measuring =
        new Strategy() {
          @Override
          public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
            return context -> null;
          }

          @Override
          public LoadMetric loadMetric() {
            return (endpoint, typicalLoad, now) ->
                new LoadMeter() {
                  @Override
                  public double load(int inFlight, long recentNanos) {
                    return inFlight;
                  }

                  @Override
                  public double baseline() {
                    return 7;
                  }

                  @Override
                  public void renew(double typical, long nowNanos) {
                    renewed
                        .computeIfAbsent(endpoint.port(), port -> new ArrayList<>())
                        .add(typical);
                  }

                  @Override
                  public void record(Outcome outcome, long latencyNanos, long nowNanos) {}
                };
          }
        };
    Balancer unused = fixture.builder.health(fixture).strategy(measuring).build();
    fixture.source.publish(endpoint(1), endpoint(2), endpoint(3));
    judge(1, 0.5);
    judge(1, 0);
    judge(2, 0.5);
    assertThat(renewed).isEmpty();
    judge(1, 0.1);
    judge(1, 1);
    assertThat(renewed).isEqualTo(Map.of(1, List.of(7.0)));
  }

  @Test
  void anUnfitNodeGetsNothingAndAHalfFitOneHalfItsWeight() {
    Balancer balancer = byChance();
    fixture.source.publish(endpoint(1), endpoint(2), weighted(3, 4));
    judge(1, 0);
    judge(3, 0.5);
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(2, 3);
    assertThat(node(balancer, 1).weight()).isZero();
    assertThat(node(balancer, 3).weight()).isEqualTo(2);
    judge(1, 1);
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(1, 2, 3);
  }

  @Test
  void belowHalfOfTheCapacityAllAreOffered() {
    Balancer balancer = byChance();
    fixture.source.publish(endpoint(1), endpoint(2), endpoint(3), endpoint(4));
    judge(1, 0);
    judge(2, 0);
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(3, 4);
    judge(3, 0);
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(1, 2, 3, 4);
    assertThat(fixture.events(PanicChanged.class))
        .containsExactly(new PanicChanged("orders", true, 0.25));
    judge(4, 0);
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(1, 2, 3, 4);
    judge(1, 1);
    judge(2, 1);
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(1, 2);
    assertThat(fixture.events(PanicChanged.class))
        .containsExactly(
            new PanicChanged("orders", true, 0.25), new PanicChanged("orders", false, 0.5));
  }

  @Test
  void capacityIsReckonedByWeight() {
    Balancer balancer = byChance();
    fixture.source.publish(weighted(1, 10), endpoint(2), endpoint(3));
    judge(2, 0);
    judge(3, 0);
    assertThat(chosen(balancer)).containsExactly(1);
    judge(2, 1);
    judge(3, 1);
    judge(1, 0);
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(1, 2, 3);
  }

  @Test
  void itsCapacityIsTheShareOfTheWeightInServiceThatIsFit() {
    Balancer balancer = byChance();
    assertThat(balancer.capacity()).isZero();
    fixture.source.publish(weighted(1, 10), weighted(2, 3), endpoint(3), weighted(4, 0));
    assertThat(balancer.capacity()).isOne();
    withdraw(1);
    judge(3, 0.01);
    assertThat(balancer.capacity()).isOne();
    judge(2, 0);
    assertThat(balancer.capacity()).as("in panic").isEqualTo(0.25);
    judge(2, 1);
    judge(3, 0);
    assertThat(balancer.capacity()).isEqualTo(0.75);
    fixture.source.publish(weighted(1, 10));
    assertThat(balancer.capacity()).as("all withdrawn").isZero();
    fixture.source.publish(endpoint(5));
    assertThat(balancer.capacity()).isOne();
    balancer.close();
    assertThat(balancer.capacity()).isZero();
  }

  @Test
  void panicDoesNotReviveADrainedEndpoint() {
    Balancer balancer = byChance();
    fixture.source.publish(endpoint(1), endpoint(2), weighted(3, 0));
    judge(1, 0);
    judge(2, 0);
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(1, 2);
  }

  @Test
  void aWithdrawnNodeGetsNothingEvenInPanicAndIsNoCapacity() {
    Balancer balancer = byChance();
    fixture.source.publish(weighted(1, 10), endpoint(2), endpoint(3), endpoint(4));
    withdraw(1);
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(2, 3, 4);
    assertThat(fixture.events(PanicChanged.class)).isEmpty();
    judge(2, 0);
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(3, 4);
    judge(3, 0);
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(2, 3, 4);
    assertThat(fixture.events(PanicChanged.class))
        .containsExactly(new PanicChanged("orders", true, 1 / 3.0));
  }

  private void withdraw(int port) {
    fixture.judges.get("10.0.0.1:" + port).withdrawn = true;
    judge(port, 0);
  }

  @Test
  void thatAllAreSparedIsNoReasonToPanic() {
    Balancer balancer = byChance();
    fixture.source.publish(endpoint(1), endpoint(2), endpoint(3));
    for (int port = 1; port <= 3; port++) {
      judge(port, 0.01);
    }
    assertThat(fixture.events(PanicChanged.class)).isEmpty();
    assertThat(node(balancer, 1).weight()).isEqualTo(0.01);
    judge(1, 0);
    judge(2, 0);
    assertThat(fixture.events(PanicChanged.class))
        .containsExactly(new PanicChanged("orders", true, 1 / 3.0));
  }

  @Test
  void halfOfTheCapacityIsEnoughHoweverItsSumIsRounded() {
    Balancer balancer = byChance();
    fixture.source.publish(
        IntStream.rangeClosed(1, 10)
            .mapToObj(port -> weighted(port, 0.7))
            .toArray(Endpoint[]::new));
    for (int port = 1; port <= 5; port++) {
      judge(port, 0);
    }
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(6, 7, 8, 9, 10);
    assertThat(fixture.events(PanicChanged.class)).isEmpty();
  }

  @Test
  void withoutPanicRequestsAreShed() {
    fixture.builder.panicThreshold(0);
    Balancer balancer = byChance();
    fixture.source.publish(endpoint(1), endpoint(2));
    judge(1, 0);
    assertThat(chosen(balancer)).containsExactly(2);
    judge(2, 0);
    assertThatThrownBy(() -> balancer.select(RequestContext.none()))
        .hasMessage("orders: none of 2 endpoints may be used");
    assertThat(fixture.events(PanicChanged.class)).isEmpty();
  }

  @Test
  void aChangeOfHealthIsNotWorkedOffWhereItIsNoticed() {
    Balancer balancer = byChance();
    fixture.source.publish(endpoint(1), endpoint(2), endpoint(3));
    fixture.judges.get("10.0.0.1:1").judge(0);
    fixture.judges.get("10.0.0.1:1").judge(0);
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(1, 2, 3);
    fixture.scheduler.run();
    assertThat(chosen(balancer)).containsExactlyInAnyOrder(2, 3);
  }

  @Test
  void theThresholdHasARange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fixture.builder.panicThreshold(1.2))
        .withMessage("panicThreshold: 1.2 (expected: 0.0..1.0)");
  }
}
