package io.evenkeel.lb.failover.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.failover.pattern.Switch.Cause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One balancer is active at a time, and the right one. */
@Timeout(60)
class StandbyTest {
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration HOLD_DOWN = Duration.ofSeconds(30);

  private final Site site = new Site();
  private final Balancer east = site.balancer("east", 2);
  private final Balancer west = site.balancer("west", 2);
  private final Balancer north = site.balancer("north", 2);
  private final List<Switch> switches = new ArrayList<>();

  @AfterEach
  void close() {
    site.close();
  }

  private StandbyBuilder builder() {
    return Standby.builder("orders", List.of(east, west, north))
        .ticker(site.ticker)
        .scheduler(site.scheduler)
        .listener(switches::add);
  }

  /** Where the next ten calls go. */
  private static String active(Balancer standby) {
    List<String> regions = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Lease lease = standby.lease(RequestContext.none());
      regions.add(lease.endpoint().id().replaceAll("-.*", ""));
      lease.end(Outcome.SUCCESS);
    }
    assertThat(regions).as("one active at a time").containsOnly(regions.get(0));
    return regions.get(0);
  }

  @Test
  void theFirstTakesAllCallsWhileItIsFit() {
    try (Standby standby = builder().build()) {
      site.pass(Duration.ofMinutes(1));
      assertThat(active(standby)).isEqualTo("east");
      assertThat(switches).isEmpty();
    }
  }

  @Test
  void theNextFitOneTakesOverAtTheNextLook() {
    try (Standby standby = builder().build()) {
      site.sicken("east-1", "east-2", "west-1", "west-2");
      site.pass(LOOK.minusNanos(1));
      assertThat(active(standby)).isEqualTo("east");
      site.pass(Duration.ofNanos(1));
      assertThat(active(standby)).isEqualTo("north");
      assertThat(switches).containsExactly(new Switch("orders", "east", "north", Cause.FAIL_OVER));
    }
  }

  /**
   * A balancer that panics offers its endpoints as if they were fit, and hides that they are not.
   */
  @Test
  void aBalancerThatPanicsIsNotFit() {
    try (Standby standby = builder().build()) {
      site.sicken("east-1", "east-2");
      assertThat(east.explain(RequestContext.none()).panic()).isTrue();
      site.pass(LOOK);
      assertThat(active(standby)).isEqualTo("west");
    }
  }

  @Test
  void halfOfTheCapacityIsEnough() {
    try (Standby standby = builder().build()) {
      site.sicken("east-1");
      site.pass(Duration.ofSeconds(1));
      assertThat(active(standby)).isEqualTo("east");
    }
  }

  /** Three times 0.7 is a little less than half of six times 0.7. */
  @Test
  void halfOfTheCapacityIsEnoughHoweverItsSumIsRounded() {
    site.publish("east", 6, 0.7);
    try (Standby standby = builder().build()) {
      site.sicken("east-4", "east-5", "east-6");
      assertThat(east.capacity()).isLessThan(0.5);
      site.pass(Duration.ofSeconds(1));
      assertThat(active(standby)).isEqualTo("east");
      assertThat(standby.capacity()).isEqualTo(east.capacity());
      standby.switchTo("west");
      assertThat(standby.capacity()).isOne();
    }
  }

  @Test
  void whileNoneIsFitTheActiveOneStays() {
    try (Standby standby = builder().build()) {
      site.sicken("east-1", "east-2");
      site.pass(LOOK);
      site.sicken("west-1", "west-2", "north-1", "north-2");
      site.pass(Duration.ofMinutes(5));
      assertThat(active(standby)).isEqualTo("west");
    }
  }

  @Test
  void thePrimaryTakesOverAgainWhenItWasFitForTheHoldDown() {
    try (Standby standby = builder().build()) {
      site.sicken("east-1", "east-2");
      site.pass(LOOK);
      site.heal("east-1", "east-2");
      site.pass(LOOK);
      site.pass(HOLD_DOWN.minusNanos(1));
      assertThat(active(standby)).isEqualTo("west");
      site.pass(Duration.ofNanos(1));
      assertThat(active(standby)).isEqualTo("east");
      assertThat(switches)
          .extracting(Switch::cause)
          .containsExactly(Cause.FAIL_OVER, Cause.FAIL_BACK);
    }
  }

  @Test
  void aPrimaryThatFlapsDoesNotTakeOver() {
    try (Standby standby = builder().build()) {
      for (int i = 0; i < 100; i++) {
        site.sicken("east-1", "east-2");
        site.pass(LOOK);
        site.heal("east-1", "east-2");
        site.pass(HOLD_DOWN.minus(LOOK));
        assertThat(active(standby)).isEqualTo("west");
      }
      assertThat(switches).hasSize(1);
    }
  }

  /** An outage of the active one is worse than a primary that is not proven yet. */
  @Test
  void aPrimaryInItsHoldDownTakesOverWhenTheActiveOneFails() {
    try (Standby standby = builder().build()) {
      site.sicken("east-1", "east-2");
      site.pass(LOOK);
      site.heal("east-1", "east-2");
      site.pass(LOOK);
      site.sicken("west-1", "west-2");
      site.pass(LOOK);
      assertThat(active(standby)).isEqualTo("east");
    }
  }

  @Test
  void aShortWeaknessIsForgivenWhereThereIsPatience() {
    try (Standby standby = builder().patience(Duration.ofSeconds(1)).build()) {
      site.sicken("east-1", "east-2");
      site.pass(Duration.ofMillis(900));
      site.heal("east-1", "east-2");
      site.pass(LOOK);
      site.sicken("east-1", "east-2");
      site.pass(Duration.ofMillis(1099));
      assertThat(active(standby)).isEqualTo("east");
      site.pass(Duration.ofMillis(1));
      assertThat(active(standby)).isEqualTo("west");
    }
  }

  @Test
  void withManualFailBackPeopleDecide() {
    try (Standby standby = builder().manualFailBack().build()) {
      site.sicken("east-1", "east-2");
      site.pass(LOOK);
      site.heal("east-1", "east-2");
      site.pass(Duration.ofHours(1));
      assertThat(active(standby)).isEqualTo("west");
      standby.failBack();
      assertThat(active(standby)).isEqualTo("east");
    }
  }

  @Test
  void whatPeopleChoseStaysUntilItFailsOrTheyFailBack() {
    try (Standby standby = builder().build()) {
      standby.switchTo("north");
      site.pass(Duration.ofHours(1));
      assertThat(active(standby)).isEqualTo("north");
      standby.failBack();
      assertThat(active(standby)).isEqualTo("east");
      standby.switchTo("north");
      site.sicken("north-1", "north-2");
      site.pass(LOOK);
      assertThat(active(standby)).isEqualTo("east");
      assertThatThrownBy(() -> standby.switchTo("south"))
          .hasMessage("balancer: south (expected: one of [east, west, north])");
    }
  }

  @Test
  void callsUnderWayFinishWhereTheyAre() {
    try (Standby standby = builder().build()) {
      Lease lease = standby.lease(RequestContext.none());
      standby.switchTo("west");
      assertThat(Site.inFlight(east)).isOne();
      assertThat(active(standby)).isEqualTo("west");
      assertThat(lease.end(Outcome.SUCCESS)).isTrue();
      assertThat(site.inFlight()).isZero();
    }
  }

  /** The switch comes between the look at who is active and the begin. */
  @Test
  void aLeaseThatASwitchOvertakesMovesOn() {
    try (Standby standby = builder().build()) {
      RequestContext late =
          new RequestContext() {
            @Override
            public boolean tried(Endpoint endpoint) {
              standby.switchTo("west");
              return false;
            }
          };
      Lease lease = standby.lease(late);
      assertThat(lease.endpoint().id()).startsWith("west");
      assertThat(Site.inFlight(east)).isZero();
      lease.end(Outcome.SUCCESS);
    }
  }

  @Test
  void theLeaderIsActiveWhateverItsHealth() {
    ManualLeadership leadership = new ManualLeadership();
    leadership.lead("west");
    try (Standby standby = builder().leadership(leadership).build()) {
      assertThat(active(standby)).isEqualTo("west");
      site.sicken("west-1", "west-2");
      site.pass(Duration.ofHours(1));
      assertThat(active(standby)).isEqualTo("west");
      leadership.lead("east");
      assertThat(active(standby)).isEqualTo("east");
      assertThatThrownBy(standby::failBack).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void whileNobodyLeadsCallsAreRefused() {
    ManualLeadership leadership = new ManualLeadership();
    try (Standby standby = builder().leadership(leadership).build()) {
      Failover failover = site.failover(standby);
      assertThat(
              catchThrowableOfType(
                      FailoverException.class,
                      () -> failover.<String>call(CallContext.once(), endpoint -> "done"))
                  .reason())
          .isEqualTo(FailoverException.Reason.NO_ENDPOINT);
      leadership.lead("south");
      assertThatThrownBy(() -> standby.lease(RequestContext.none()))
          .isInstanceOf(NoEndpointException.class);
      leadership.lead("north");
      assertThat(active(standby)).isEqualTo("north");
      leadership.resign();
      assertThatThrownBy(() -> standby.select(RequestContext.none()))
          .isInstanceOf(NoEndpointException.class);
      assertThat(standby.active()).isEmpty();
    }
  }

  @Test
  void aClosedStandbyRefusesAndLeavesItsBalancersOpen() {
    int before = site.scheduler.pending();
    Standby standby = builder().build();
    standby.close();
    assertThat(site.scheduler.pending()).isEqualTo(before);
    assertThat(
            catchThrowableOfType(
                    NoEndpointException.class, () -> standby.lease(RequestContext.none()))
                .reason())
        .isEqualTo(NoEndpointException.Reason.CLOSED);
    assertThat(active(east)).isEqualTo("east");
  }

  @Test
  void aFitnessOrListenerThatThrowsStopsNothing() {
    AtomicBoolean broken = new AtomicBoolean();
    try (Standby standby =
        builder()
            .fit(
                balancer -> {
                  if (broken.get() && balancer == east) {
                    throw new IllegalStateException("broken");
                  }
                  return true;
                })
            .listener(
                change -> {
                  throw new IllegalStateException("broken, too");
                })
            .build()) {
      broken.set(true);
      site.pass(LOOK);
      assertThat(active(standby)).isEqualTo("west");
      broken.set(false);
      site.pass(HOLD_DOWN.plus(LOOK));
      assertThat(active(standby)).isEqualTo("east");
    }
  }

  @Test
  void balancersMustHaveNamesOfTheirOwn() {
    assertThatThrownBy(() -> Standby.of("orders", east, east))
        .hasMessage("balancers: two of the name east (expected: distinct names)");
  }

  @Test
  void noLeaseBeginsAtABalancerThatIsNotActiveAnyMore() throws InterruptedException {
    try (Standby standby = builder().build()) {
      new Overtaken(standby, east)
          .assertNone(west, () -> standby.switchTo("west"), () -> standby.switchTo("east"));
      assertThat(site.inFlight()).isZero();
    }
  }
}
