package io.evenkeel.lb.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.evenkeel.lb.BalancerEvent.ComponentFailed;
import io.evenkeel.lb.BalancerEvent.PanicChanged;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.health.Fixture.FakeCheck;
import io.evenkeel.lb.health.detect.FailuresInARow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Checks, wishes and orders, and what comes of them. */
class HealthTest {
  private static final Order ORDER = Order.by("anna", "disk full");

  private final FakeCheck check = new FakeCheck(Verdict.up("assumed"));
  private final Fixture fixture =
      new Fixture(Health.builder().recommendedDetectors().check(check), 4);

  private void say(int port, Verdict verdict) {
    check.say(port, verdict);
    fixture.scheduler.run();
  }

  @Test
  void aNodeThatACheckCallsDownGetsNothingUntilItIsUpAndThenRamps() {
    say(1, Verdict.up("200"));
    say(1, Verdict.down("connection refused"));
    assertThat(fixture.state(1)).isEqualTo(HealthState.DOWN);
    assertThat(fixture.health(1).why()).isEqualTo("connection refused");
    assertThat(fixture.shareOf(1)).isZero();
    say(1, Verdict.up("200"));
    assertThat(fixture.state(1)).isEqualTo(HealthState.RAMPING);
    assertThat(fixture.shareOf(1)).isBetween(0.01, 0.06);
    fixture.advance(Duration.ofSeconds(11));
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
  }

  @Test
  void aShareADrainAndMaintenanceAreTakenAtTheirWord() {
    say(1, Verdict.up(0.5, "agent 50%"));
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
    assertThat(fixture.shareOf(1)).isBetween(0.13, 0.16);
    say(1, Verdict.draining("agent drain"));
    assertThat(fixture.state(1)).isEqualTo(HealthState.DRAINING);
    assertThat(fixture.shareOf(1)).isZero();
    say(1, Verdict.maintenance("agent maint"));
    assertThat(fixture.state(1)).isEqualTo(HealthState.DISABLED);
    assertThat(fixture.shareOf(1)).isZero();
  }

  /** Where most are down all are offered, but not those that were taken out on purpose. */
  @Test
  void inPanicAllAreOfferedButThoseTakenOutOnPurpose() {
    fixture.registry.disable(Fixture.NAME, Fixture.id(4), ORDER);
    for (int port = 1; port <= 3; port++) {
      say(port, Verdict.up(""));
      say(port, Verdict.down("503"));
    }
    assertThat(fixture.events).anyMatch(PanicChanged.class::isInstance);
    assertThat(fixture.shareOf(1)).isBetween(0.3, 0.36);
    assertThat(fixture.shareOf(4)).isZero();
    assertThat(fixture.request(1, Outcome.SUCCESS)).isTrue();
  }

  /** The first to answer must not take all traffic while the others are still asked. */
  @Test
  void theFirstToBeUpDoesNotTakeItAll() {
    FakeCheck slow = new FakeCheck(Verdict.down("not yet asked"));
    try (Fixture starting = new Fixture(Health.builder().check(slow), 4)) {
      assertThat(starting.shareOf(1)).isBetween(0.2, 0.3);
      assertThat(starting.history()).contains("1 null DOWN");
      slow.say(1, Verdict.up("200"));
      starting.scheduler.run();
      assertThat(starting.shareOf(1)).isBetween(0.2, 0.3);
      slow.say(2, Verdict.up("200"));
      slow.say(3, Verdict.up("200"));
      starting.scheduler.run();
      assertThat(starting.shareOf(1)).isBetween(0.3, 0.36);
      assertThat(starting.shareOf(4)).isZero();
      assertThat(starting.state(3)).isEqualTo(HealthState.UP);
    }
  }

  @Test
  void aCheckThatCannotBeStartedIsReportedAndLeavesTheEndpointUp() {
    HealthCheck broken =
        context -> {
          throw new IllegalStateException("broken");
        };
    try (Fixture other = new Fixture(Health.builder().check(broken), 2)) {
      assertThat(other.state(1)).isEqualTo(HealthState.UP);
      assertThat(other.events).anyMatch(ComponentFailed.class::isInstance);
    }
  }

  @Test
  void aNewEndpointIsCheckedAndOneThatLeavesIsNotAnyMore() {
    fixture.publish(5);
    assertThat(check.contexts).containsKey(5);
    say(5, Verdict.down("404"));
    assertThat(fixture.shareOf(5)).isZero();
    fixture.publish(4);
    assertThat(check.closed).containsExactly(5);
    assertThat(fixture.registry.endpoints()).hasSize(4);
    say(5, Verdict.up("late"));
    assertThat(fixture.registry.endpoints()).hasSize(4);
    fixture.close();
    assertThat(check.closed).containsExactlyInAnyOrder(1, 2, 3, 4, 5);
    assertThat(fixture.registry.endpoints()).isEmpty();
  }

  @Test
  void checksHearOfEjectionsAndAReturnSeenByACheckEndsThem() {
    say(1, Verdict.up("200"));
    for (int port = 1; port <= 4; port++) {
      fixture.requests(port, Outcome.SUCCESS, 100);
    }
    fixture.requests(1, Outcome.UNREACHABLE, 2);
    fixture.advance(Duration.ofMillis(20));
    assertThat(fixture.state(1)).isEqualTo(HealthState.EJECTED);
    assertThat(check.suspected).containsOnly(1).hasSizeLessThanOrEqualTo(2);
    say(1, Verdict.down("refused"));
    assertThat(fixture.state(1)).isEqualTo(HealthState.DOWN);
    say(1, Verdict.up("200"));
    assertThat(fixture.state(1)).isEqualTo(HealthState.RAMPING);
  }

  /** The first node has so many requests, and some looks are taken at it. */
  private void lookedAtAfter(Outcome outcome, int count) {
    fixture.requests(1, outcome, count);
    fixture.advance(Duration.ofMillis(200));
  }

  /** A node that was killed may show no more than that: others are preferred to it then. */
  @Test
  void checksLookAtOnceWhereTwoRequestsInARowHaveFailedAndOnceWhileThatGoesOn() {
    lookedAtAfter(Outcome.SUCCESS, 100);
    lookedAtAfter(Outcome.FAILURE, 1);
    assertThat(check.suspected).isEmpty();
    fixture.requests(1, Outcome.FAILURE, 1);
    fixture.advance(Duration.ofMillis(20));
    assertThat(check.suspected).containsExactly(1);
    for (int i = 0; i < 3; i++) {
      lookedAtAfter(Outcome.SUCCESS, 40);
      lookedAtAfter(Outcome.FAILURE, 2);
    }
    assertThat(check.suspected).containsExactly(1);
    lookedAtAfter(Outcome.SUCCESS, 64);
    lookedAtAfter(Outcome.FAILURE, 2);
    assertThat(check.suspected).containsExactly(1, 1);
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
  }

  @Test
  void checksLookAtOnceWhereAConnectionWasRefused() {
    lookedAtAfter(Outcome.SUCCESS, 100);
    lookedAtAfter(Outcome.UNREACHABLE, 1);
    assertThat(check.suspected).containsExactly(1);
    lookedAtAfter(Outcome.SUCCESS, 1);
    lookedAtAfter(Outcome.UNREACHABLE, 1);
    assertThat(check.suspected).containsExactly(1, 1);
  }

  @Test
  void aNodeThatAsksToBeSparedGetsATenthForThatTimeAndNobodyPanics() {
    fixture.node(1).pushback(Duration.ofSeconds(5).toNanos());
    fixture.scheduler.run();
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
    assertThat(fixture.shareOf(1)).isBetween(0.02, 0.05);
    for (int port = 2; port <= 4; port++) {
      fixture.node(port).pushback(Duration.ofSeconds(5).toNanos());
    }
    fixture.scheduler.run();
    assertThat(fixture.shareOf(1)).isBetween(0.2, 0.3);
    assertThat(fixture.events).noneMatch(PanicChanged.class::isInstance);
    fixture.advance(Duration.ofMillis(5100));
    assertThat(fixture.health(1).share()).isEqualTo(1);
  }

  /** As a 503 with Retry-After is: it costs weight, not the place. */
  @Test
  void whoAsksToBeSparedIsNotEjectedForItButForTimeOuts() {
    for (int port = 1; port <= 4; port++) {
      fixture.requests(port, Outcome.SUCCESS, 100);
    }
    fixture.node(1).pushback(Duration.ofSeconds(5).toNanos());
    fixture.requests(1, Outcome.FAILURE, 50);
    fixture.advance(Duration.ofMillis(200));
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
    fixture.requests(1, Outcome.TIMEOUT, 5);
    fixture.advance(Duration.ofMillis(200));
    assertThat(fixture.state(1)).isEqualTo(HealthState.EJECTED);
  }

  @Test
  void ordersHoldUntilTheyAreTakenBackOrOver() {
    fixture.registry.disable(Fixture.NAME, Fixture.id(1), ORDER);
    fixture.scheduler.run();
    assertThat(fixture.state(1)).isEqualTo(HealthState.DISABLED);
    assertThat(fixture.health(1).why()).isEqualTo("by anna: disk full");
    fixture.registry.enable(Fixture.NAME, Fixture.id(1));
    fixture.advance(Duration.ofSeconds(11));
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
    fixture.registry.forceDown(
        Fixture.NAME, Fixture.id(1), ORDER.expiringAfter(Duration.ofSeconds(60)));
    fixture.advance(Duration.ofSeconds(59));
    assertThat(fixture.state(1)).isEqualTo(HealthState.DOWN);
    fixture.advance(Duration.ofSeconds(2));
    assertThat(fixture.state(1)).isEqualTo(HealthState.RAMPING);
  }

  @Test
  void ordersOutlastDiscoveryAndMayComeFirst() {
    fixture.registry.disable(Fixture.NAME, Fixture.id(1), ORDER);
    fixture.registry.disable(Fixture.NAME, Fixture.id(5), ORDER);
    fixture.source.publish(Endpoint.of("10.0.0.1", 2));
    fixture.scheduler.run();
    fixture.publish(5);
    assertThat(fixture.state(1)).isEqualTo(HealthState.DISABLED);
    assertThat(fixture.state(5)).isEqualTo(HealthState.DISABLED);
    assertThat(fixture.shareOf(1) + fixture.shareOf(5)).isZero();
  }

  @Test
  void whatIsForcedUpStaysUpWhateverOthersSay() {
    fixture.registry.forceUp(Fixture.NAME, Fixture.id(1), ORDER);
    say(1, Verdict.down("503"));
    fixture.requests(2, Outcome.SUCCESS, 100);
    fixture.requests(1, Outcome.FAILURE, 100);
    fixture.advance(Duration.ofSeconds(1));
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
  }

  @Test
  void aWeightIsAShare() {
    fixture.registry.weigh(Fixture.NAME, Fixture.id(1), 0.25, ORDER);
    fixture.scheduler.run();
    assertThat(fixture.shareOf(1)).isBetween(0.06, 0.09);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fixture.registry.weigh(Fixture.NAME, Fixture.id(1), 1.5, ORDER))
        .withMessage("share: 1.5 (expected: 0.001..1.0)");
  }

  @Test
  void aDrainCompletesWhenNothingIsInFlightOrTheTimeIsUp() {
    long first = fixture.node(1).begin();
    long second = fixture.node(2).begin();
    CompletionStage<Integer> quiet =
        fixture.registry.drain(Fixture.NAME, Fixture.id(1), Duration.ofSeconds(10), ORDER);
    CompletionStage<Integer> late =
        fixture.registry.drain(Fixture.NAME, Fixture.id(2), Duration.ofSeconds(10), ORDER);
    fixture.scheduler.run();
    assertThat(fixture.shareOf(1)).isZero();
    fixture.advance(Duration.ofSeconds(1));
    assertThat(quiet.toCompletableFuture()).isNotDone();
    fixture.node(1).end(first, Outcome.SUCCESS);
    fixture.advance(Duration.ofMillis(50));
    assertThat(quiet.toCompletableFuture()).isCompletedWithValue(0);
    fixture.advance(Duration.ofSeconds(9));
    assertThat(late.toCompletableFuture()).isCompletedWithValue(1);
    fixture.node(2).end(second, Outcome.SUCCESS);
    assertThat(
            fixture
                .registry
                .drain(Fixture.NAME, "nobody", Duration.ofSeconds(1), ORDER)
                .toCompletableFuture())
        .isCompletedWithValue(0);
  }

  @Test
  void transitionsAreToldInOrderAndTheLastAreKept() {
    List<HealthTransition> heard = new ArrayList<>();
    fixture.registry.listen(heard::add);
    fixture.registry.listen(
        transition -> {
          throw new IllegalStateException("a listener that fails");
        });
    for (int i = 0; i < 600; i++) {
      fixture.registry.disable(Fixture.NAME, Fixture.id(1), ORDER);
      fixture.registry.enable(Fixture.NAME, Fixture.id(1));
    }
    List<HealthTransition> kept = fixture.registry.history();
    assertThat(kept).hasSize(1000).isEqualTo(heard.subList(heard.size() - 1000, heard.size()));
    for (int i = 1; i < heard.size(); i++) {
      assertThat(heard.get(i).version()).isEqualTo(heard.get(i - 1).version() + 1);
    }
  }

  @Test
  void aListenerMayAskTheRegistryAndOrderThings() {
    List<Integer> sizes = new ArrayList<>();
    fixture.registry.listen(transition -> sizes.add(fixture.registry.endpoints().size()));
    fixture.registry.disable(Fixture.NAME, Fixture.id(1), ORDER);
    assertThat(sizes).containsExactly(4);
  }

  @Test
  void aDetectorThatOnlyReportsEjectsNobodyAndSaysSoOnce() {
    try (Fixture reporting = new Fixture(Health.builder().detector(FailuresInARow.of(5), 0), 3)) {
      for (int port = 1; port <= 3; port++) {
        reporting.requests(port, Outcome.SUCCESS, 100);
      }
      reporting.requests(1, Outcome.FAILURE, 50);
      reporting.advance(Duration.ofSeconds(3));
      assertThat(reporting.state(1)).isEqualTo(HealthState.UP);
      assertThat(reporting.history()).containsOnlyOnce("1 UP UP");
      assertThat(reporting.health(1).suspicions()).hasSize(1);
      reporting.requests(1, Outcome.SUCCESS, 1);
      reporting.advance(Duration.ofSeconds(1));
      assertThat(reporting.health(1).suspicions()).isEmpty();
    }
  }

  @Test
  void aDetectorThatThrowsIsReportedAndHarmsNothing() {
    try (Fixture broken =
        new Fixture(
            Health.builder()
                .detector(
                    (node, cluster) -> {
                      throw new IllegalStateException("broken");
                    })
                .detector(FailuresInARow.of(5)),
            3)) {
      for (int port = 1; port <= 3; port++) {
        broken.requests(port, Outcome.SUCCESS, 100);
      }
      broken.requests(1, Outcome.FAILURE, 5);
      broken.advance(Duration.ofMillis(200));
      assertThat(broken.state(1)).isEqualTo(HealthState.EJECTED);
      assertThat(broken.events).anyMatch(ComponentFailed.class::isInstance);
    }
  }

  @Test
  void verdictsAreSafeToPrint() {
    assertThat(Verdict.down("a\nb\u202ec" + "x".repeat(300)).why())
        .isEqualTo("a\\u000ab\\u202ec" + "x".repeat(195) + "...");
  }

  @Test
  void whoLeavesNoUsableEndpointGetsAClearRefusal() {
    for (int port = 1; port <= 4; port++) {
      fixture.registry.disable(Fixture.NAME, Fixture.id(port), ORDER);
    }
    fixture.scheduler.run();
    assertThatThrownBy(() -> fixture.balancer.select(RequestContext.none()))
        .hasMessageContaining("none of 4 endpoints may be used");
  }

  @Test
  void anEndpointThatMovesLeavesWithItsOldAddress() {
    try (Fixture fixture = Fixture.of(1)) {
      Endpoint before = Endpoint.builder("10.0.0.1", 8080).id("orders-1").build();
      Endpoint after = Endpoint.builder("10.0.0.1", 9090).id("orders-1").build();
      fixture.source.publish(before);
      fixture.scheduler.run();
      fixture.source.publish(after);
      fixture.scheduler.run();
      assertThat(fixture.registry.history())
          .filteredOn(each -> each.endpoint().id().equals("orders-1"))
          .extracting(each -> each.endpoint().port(), HealthTransition::from, HealthTransition::to)
          .containsExactlyInAnyOrder(
              tuple(8080, null, HealthState.UP),
              tuple(8080, HealthState.UP, null),
              tuple(9090, null, HealthState.UP));
    }
  }
}
