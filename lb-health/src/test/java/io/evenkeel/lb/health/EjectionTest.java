package io.evenkeel.lb.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.BalancerEvent.PanicChanged;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class EjectionTest {
  private static final Duration BASE = Duration.ofSeconds(30);

  private final Fixture fixture = Fixture.of(3);

  /** Traffic that shows that the others are fit. */
  private void warmUp(Fixture fixture, int nodes) {
    for (int port = 1; port <= nodes; port++) {
      fixture.requests(port, Outcome.SUCCESS, 100);
    }
    fixture.advance(Duration.ofMillis(200));
  }

  private void eject(int port) {
    warmUp(fixture, 3);
    fixture.requests(port, Outcome.FAILURE, 5);
    fixture.advance(Duration.ofMillis(10));
    assertThat(fixture.state(port)).isEqualTo(HealthState.EJECTED);
  }

  @Test
  void fiveFailuresInARowEjectWithinTenMilliseconds() {
    warmUp(fixture, 3);
    fixture.requests(1, Outcome.FAILURE, 4);
    fixture.advance(Duration.ofMillis(10));
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
    fixture.requests(1, Outcome.FAILURE, 1);
    fixture.advance(Duration.ofMillis(10));
    assertThat(fixture.state(1)).isEqualTo(HealthState.EJECTED);
    assertThat(fixture.shareOf(1)).isZero();
    assertThat(fixture.health(1).why()).startsWith("5 failures in a row");
    assertThat(fixture.health(1).untilNanos().getAsLong() - fixture.ticker.read())
        .isBetween(BASE.toNanos() * 9 / 10 - 20_000_000, BASE.toNanos() * 11 / 10);
  }

  @Test
  void twoRefusedConnectionsEject() {
    warmUp(fixture, 3);
    fixture.requests(2, Outcome.UNREACHABLE, 2);
    fixture.advance(Duration.ofMillis(10));
    assertThat(fixture.state(2)).isEqualTo(HealthState.EJECTED);
  }

  @Test
  void aSuccessBetweenFailuresBreaksTheRow() {
    warmUp(fixture, 3);
    for (int i = 0; i < 10; i++) {
      fixture.requests(1, Outcome.FAILURE, 1);
      fixture.requests(1, Outcome.SUCCESS, 20);
    }
    fixture.advance(Duration.ofMillis(200));
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
  }

  @Test
  void cancelledAndRejectedRequestsAreNotHeldAgainstANode() {
    warmUp(fixture, 3);
    fixture.requests(1, Outcome.CANCELLED, 100);
    fixture.requests(1, Outcome.REJECTED, 100);
    fixture.advance(Duration.ofSeconds(1));
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
  }

  @Test
  void whatWasEjectedIsTriedOneRequestAtATimeThenRampsThenIsUp() {
    eject(1);
    fixture.advance(BASE.multipliedBy(11).dividedBy(10));
    assertThat(fixture.state(1)).isEqualTo(HealthState.PROBATION);
    long trial = fixture.node(1).begin();
    assertThat(trial).isNotEqualTo(Node.REFUSED);
    assertThat(fixture.node(1).begin()).isEqualTo(Node.REFUSED);
    fixture.node(1).end(trial, Outcome.SUCCESS);
    fixture.scheduler.run();
    assertThat(fixture.state(1)).isEqualTo(HealthState.RAMPING);
    assertThat(fixture.shareOf(1)).isLessThan(0.1);
    fixture.advance(Duration.ofSeconds(5));
    assertThat(fixture.health(1).share()).isBetween(0.4, 0.6);
    fixture.advance(Duration.ofSeconds(6));
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
    assertThat(fixture.shareOf(1)).isBetween(0.3, 0.36);
  }

  @Test
  void aTrialThatFailsEjectsForTwiceTheTime() {
    eject(1);
    fixture.advance(BASE.multipliedBy(11).dividedBy(10));
    fixture.requests(1, Outcome.FAILURE, 1);
    EndpointHealth health = fixture.health(1);
    assertThat(health.state()).isEqualTo(HealthState.EJECTED);
    assertThat(health.ejections()).isEqualTo(2);
    assertThat(health.untilNanos().getAsLong() - fixture.ticker.read())
        .isBetween(BASE.toNanos() * 18 / 10, BASE.toNanos() * 22 / 10);
  }

  /** As an endpoint that is dead for a month does. */
  @Test
  void howOftenTrialsHaveFailedIsNeitherToldAtLengthNorHeldAgainstANodeForLong() {
    eject(1);
    for (int i = 0; i < 100; i++) {
      advanceToProbation();
      fixture.requests(1, Outcome.FAILURE, 1);
    }
    assertThat(fixture.health(1).why())
        .startsWith("failed again; before, 5 failures in a row")
        .hasSizeLessThan(100);
    assertThat(fixture.health(1).ejections()).isEqualTo(10);

    advanceToProbation();
    fixture.requests(1, Outcome.SUCCESS, 1);
    fixture.advance(BASE.multipliedBy(10));
    assertThat(fixture.health(1).ejections()).isZero();
  }

  private void advanceToProbation() {
    assertThat(fixture.state(1)).isEqualTo(HealthState.EJECTED);
    while (fixture.state(1) == HealthState.EJECTED) {
      fixture.advance(Duration.ofSeconds(1));
    }
    assertThat(fixture.state(1)).isEqualTo(HealthState.PROBATION);
  }

  @Test
  void aTrialThatIsCancelledFreesThePlaceForAnother() {
    eject(1);
    fixture.advance(BASE.multipliedBy(11).dividedBy(10));
    assertThat(fixture.request(1, Outcome.CANCELLED)).isTrue();
    assertThat(fixture.request(1, Outcome.CANCELLED)).isTrue();
    assertThat(fixture.state(1)).isEqualTo(HealthState.PROBATION);
  }

  @Test
  void whatWasBegunBeforeTheEjectionDecidesNothingOnProbation() {
    warmUp(fixture, 3);
    long old = fixture.node(1).begin();
    long older = fixture.node(1).begin();
    fixture.requests(1, Outcome.FAILURE, 5);
    fixture.advance(BASE.multipliedBy(11).dividedBy(10));
    assertThat(fixture.state(1)).isEqualTo(HealthState.PROBATION);
    long trial = fixture.node(1).begin();
    fixture.node(1).end(old, Outcome.SUCCESS);
    fixture.node(1).end(older, Outcome.FAILURE);
    fixture.scheduler.run();
    assertThat(fixture.state(1)).isEqualTo(HealthState.PROBATION);
    assertThat(fixture.node(1).begin()).isEqualTo(Node.REFUSED);
    fixture.node(1).end(trial, Outcome.SUCCESS);
    fixture.scheduler.run();
    assertThat(fixture.state(1)).isEqualTo(HealthState.RAMPING);
  }

  @Test
  void withoutTrafficANodeReturnsByTime() {
    eject(1);
    fixture.advance(Duration.ofSeconds(33 + 30 + 11));
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
  }

  @Test
  void timeWithoutAPenaltyIsForgivenessWithAndWithoutTraffic() {
    eject(1);
    fixture.advance(Duration.ofSeconds(33 + 30 + 11));
    assertThat(fixture.health(1).ejections()).isEqualTo(1);
    fixture.advance(Duration.ofSeconds(30));
    eject(1);
    assertThat(fixture.health(1).ejections()).isEqualTo(1);
  }

  @Test
  void noMoreThanHalfOfTheCapacityIsEjected() {
    try (Fixture ten = Fixture.of(10)) {
      warmUp(ten, 10);
      for (int port = 1; port <= 4; port++) {
        ten.requests(port, Outcome.FAILURE, 30);
      }
      ten.advance(Duration.ofMillis(200));
      for (int port = 1; port <= 4; port++) {
        assertThat(ten.state(port)).isEqualTo(HealthState.EJECTED);
      }
      ten.requests(5, Outcome.FAILURE, 30);
      ten.advance(Duration.ofMillis(200));
      assertThat(ten.state(5)).isEqualTo(HealthState.EJECTED);
      ten.requests(6, Outcome.FAILURE, 30);
      ten.advance(Duration.ofMillis(200));
      assertThat(ten.state(6)).isEqualTo(HealthState.UP);
      assertThat(ten.health(6).suspicions()).hasSizeGreaterThan(0);
      assertThat(ten.events).noneMatch(PanicChanged.class::isInstance);
    }
  }

  @Test
  void oneOfTwoMayBeEjectedWhateverItsWeight() {
    try (Fixture two = Fixture.of(2)) {
      warmUp(two, 2);
      two.requests(1, Outcome.FAILURE, 5);
      two.advance(Duration.ofMillis(10));
      assertThat(two.state(1)).isEqualTo(HealthState.EJECTED);
      two.requests(2, Outcome.FAILURE, 50);
      two.advance(Duration.ofMillis(100));
      assertThat(two.state(2)).isEqualTo(HealthState.UP);
    }
  }

  private void half(int from, int to) {
    for (int i = 0; i < 40; i++) {
      for (int port = from; port <= to; port++) {
        fixture.request(port, i % 4 == 0 ? Outcome.SUCCESS : Outcome.TIMEOUT);
      }
      fixture.advance(Duration.ofMillis(50));
    }
  }

  /** Where all fail, whoever fails first is not to blame, and the others cannot bear its load. */
  @Test
  void whoeverWasEjectedIsLetGoWhenMostRequestsToTheOthersFail() {
    eject(1);
    half(2, 2);
    assertThat(fixture.state(1)).as("those to all others count").isEqualTo(HealthState.UP);
  }

  @Test
  void whileMostRequestsToTheOthersSucceedAnEjectionStays() {
    eject(1);
    for (int i = 0; i < 100; i++) {
      fixture.requests(2, Outcome.SUCCESS, 3);
      fixture.requests(3, Outcome.SUCCESS, 1);
      fixture.requests(3, Outcome.FAILURE, 1);
      fixture.advance(Duration.ofMillis(50));
    }
    assertThat(fixture.state(1)).isEqualTo(HealthState.EJECTED);
  }

  /** Or else, if it is really dead, it would cost requests all the time. */
  @Test
  void whoeverIsEjectedAgainIsNotLetGoAgainAtOnce() {
    eject(1);
    half(2, 3);
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
    long let = fixture.ticker.read();
    fixture.requests(2, Outcome.SUCCESS, 200);
    fixture.requests(3, Outcome.SUCCESS, 200);
    fixture.requests(1, Outcome.UNREACHABLE, 5);
    fixture.advance(Duration.ofMillis(10));
    assertThat(fixture.state(1)).isEqualTo(HealthState.EJECTED);
    half(2, 3);
    assertThat(fixture.state(1)).isEqualTo(HealthState.EJECTED);
    half(2, 3);
    half(2, 3);
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
    assertThat(Duration.ofNanos(fixture.ticker.read() - let)).isLessThan(Duration.ofSeconds(7));
  }

  @Test
  void failuresOfATimeWhenThisProcessStoodStillAreExcused() {
    warmUp(fixture, 3);
    long[] stamps = new long[20];
    for (int i = 0; i < stamps.length; i++) {
      stamps[i] = fixture.node(1).begin();
    }
    // Stopped: the clock goes on, nothing runs.
    fixture.ticker.advance(Duration.ofSeconds(3));
    for (long stamp : stamps) {
      fixture.node(1).end(stamp, Outcome.TIMEOUT);
    }
    fixture.scheduler.run();
    fixture.advance(Duration.ofSeconds(1));
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
    fixture.requests(1, Outcome.TIMEOUT, 20);
    fixture.advance(Duration.ofMillis(10));
    assertThat(fixture.state(1)).isEqualTo(HealthState.EJECTED);
  }

  @Test
  void aMonitorWithoutTrafficSleepsAndIsWokenByARequest() {
    int atRest = fixture.scheduler.pending();
    warmUp(fixture, 3);
    assertThat(fixture.scheduler.pending()).isGreaterThan(atRest);
    fixture.advance(Duration.ofSeconds(12));
    assertThat(fixture.scheduler.pending()).isEqualTo(atRest);
    warmUp(fixture, 3);
    fixture.requests(1, Outcome.FAILURE, 5);
    fixture.advance(Duration.ofMillis(10));
    assertThat(fixture.state(1)).isEqualTo(HealthState.EJECTED);
  }
}
