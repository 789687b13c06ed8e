package io.evenkeel.lb.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent.ComponentFailed;
import io.evenkeel.lb.BalancerEvent.PanicChanged;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.health.detect.Detector;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.ManualSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is plugged in fails, calls back, or changes in an unlucky order. */
class MishapTest {
  private static final Order ORDER = Order.by("anna", "disk full");

  private static void warmUp(Fixture fixture, int nodes) {
    for (int port = 1; port <= nodes; port++) {
      fixture.requests(port, Outcome.SUCCESS, 100);
    }
    fixture.advance(Duration.ofMillis(200));
  }

  /** All at once, so that one look finds them together. */
  private static void fail(Fixture fixture, int... ports) {
    for (int port : ports) {
      for (int i = 0; i < 30; i++) {
        fixture.request(port, Outcome.FAILURE);
      }
    }
    fixture.advance(Duration.ofMillis(20));
  }

  private static Endpoint weighted(int port, double weight) {
    return Endpoint.builder("10.0.0.1", port).weight(weight).build();
  }

  @Test
  void aListenerMayAskWhileSeveralNodesAreEjected() {
    try (Fixture fixture = Fixture.of(6)) {
      warmUp(fixture, 6);
      List<Long> versions = new ArrayList<>();
      fixture.registry.listen(transition -> fixture.registry.endpoints());
      fixture.registry.listen(transition -> versions.add(transition.version()));
      fail(fixture, 1, 2, 3);
      for (int port = 1; port <= 3; port++) {
        assertThat(fixture.shareOf(port)).isZero();
      }
      assertThat(versions).hasSize(3).isSorted();
      fixture.advance(Duration.ofSeconds(33 + 30 + 11));
      assertThat(fixture.state(3)).isEqualTo(HealthState.UP);
    }
  }

  @Test
  void aListenerThatThrowsAnErrorHarmsNothing() {
    try (Fixture fixture = Fixture.of(6)) {
      warmUp(fixture, 6);
      fixture.registry.listen(
          transition -> {
            throw new AssertionError("a test in a listener");
          });
      fail(fixture, 1, 2);
      assertThat(fixture.shareOf(1) + fixture.shareOf(2)).isZero();
    }
  }

  @Test
  void endpointsWhoseWeightsWereAllZeroAreThereAgainWithTheirWeights() {
    try (Fixture fixture = Fixture.of(2)) {
      fixture.source.publish(weighted(1, 0), weighted(2, 0));
      fixture.scheduler.run();
      assertThat(fixture.state(1)).isEqualTo(HealthState.DRAINING);
      fixture.advance(Duration.ofSeconds(20));
      fixture.source.publish(weighted(1, 1), weighted(2, 1));
      fixture.scheduler.run();
      assertThat(fixture.balancer.select(RequestContext.none()).weight()).isEqualTo(1);
      assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
    }
  }

  @Test
  void theOnlyNodeWithAWeightIsNotOneOfTwo() {
    try (Fixture fixture = Fixture.of(2)) {
      warmUp(fixture, 2);
      fixture.source.publish(weighted(1, 1), weighted(2, 0));
      fail(fixture, 1);
      assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
    }
  }

  @Test
  void halfOfTheCapacityIsNoReasonToPanicHoweverItsSumIsRounded() {
    try (Fixture fixture = Fixture.of(10)) {
      fixture.source.publish(
          IntStream.rangeClosed(1, 10)
              .mapToObj(port -> weighted(port, 0.7))
              .toArray(Endpoint[]::new));
      warmUp(fixture, 10);
      fail(fixture, 1, 2, 3, 4, 5);
      assertThat(fixture.state(5)).isEqualTo(HealthState.EJECTED);
      assertThat(fixture.events).noneMatch(PanicChanged.class::isInstance);
    }
  }

  @Test
  void checksThatThrowWhenTheyAreToldAreReportedAndHarmNothing() {
    HealthCheck broken =
        context ->
            new HealthCheck.Run() {
              @Override
              public void suspected() {
                throw new IllegalStateException("broken");
              }

              @Override
              public void close() {
                throw new IllegalStateException("broken");
              }
            };
    Fixture.FakeCheck sound = new Fixture.FakeCheck(Verdict.up(""));
    try (Fixture fixture =
        new Fixture(Health.builder().recommendedDetectors().check(broken).check(sound), 6)) {
      warmUp(fixture, 6);
      fail(fixture, 1, 2);
      // In doubt first, and then ejected.
      assertThat(sound.suspected).containsExactlyInAnyOrder(1, 1, 2, 2);
      assertThat(fixture.shareOf(1) + fixture.shareOf(2)).isZero();
      assertThat(fixture.events).anyMatch(ComponentFailed.class::isInstance);
      fixture.publish(3);
      assertThat(sound.closed).containsExactlyInAnyOrder(4, 5, 6);
      assertThat(fixture.history()).contains("4 UP null", "5 UP null", "6 UP null");
      fixture.balancer.close();
      assertThat(fixture.registry.endpoints()).isEmpty();
    }
  }

  @Test
  void ordersThatAreOverMakeRoomForOthers() {
    try (Fixture fixture = Fixture.of(2)) {
      for (int i = 0; i < 10_000; i++) {
        fixture.registry.disable(
            Fixture.NAME, "gone" + i, ORDER.expiringAfter(Duration.ofSeconds(1)));
      }
      assertThatThrownBy(() -> fixture.registry.disable(Fixture.NAME, Fixture.id(1), ORDER))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("orders: 10000");
      fixture.advance(Duration.ofSeconds(1));
      fixture.registry.disable(Fixture.NAME, Fixture.id(1), ORDER);
      assertThat(fixture.state(1)).isEqualTo(HealthState.DISABLED);
    }
  }

  @Test
  void timesBeyondAllReasonAreRefused() {
    try (Fixture fixture = Fixture.of(2)) {
      Duration forever = Duration.ofSeconds(Long.MAX_VALUE);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ORDER.expiringAfter(forever))
          .withMessageContaining("(expected: > PT0S, at most 36500 days)");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> fixture.registry.drain(Fixture.NAME, Fixture.id(1), forever, ORDER))
          .withMessageContaining("(expected: > PT0S, at most 36500 days)");
      fixture.registry.drain(Fixture.NAME, Fixture.id(1), Duration.ofDays(36_500), ORDER);
      assertThat(fixture.state(1)).isEqualTo(HealthState.DRAINING);
    }
  }

  @Test
  void aRampMayBeShorterThanItsSteps() {
    Duration second = Duration.ofSeconds(1);
    Penalty penalty = new Penalty(second, second, Duration.ofNanos(5));
    penalty.pass(0, true);
    assertThat(penalty.share(0)).isEqualTo(0.1);
    assertThat(penalty.nextNanos(0)).isEqualTo(1);
    assertThat(penalty.advance(5, true)).isTrue();
    assertThat(penalty.share(5)).isEqualTo(1);
  }

  @Test
  void whatLedToAnEjectionIsForgottenWhenANodeReturnsByTimeWithoutARamp() {
    try (Fixture fixture =
        new Fixture(Health.builder().recommendedDetectors().ramp(Duration.ZERO), 6)) {
      warmUp(fixture, 6);
      fail(fixture, 1);
      fixture.advance(Duration.ofSeconds(33 + 30 + 1));
      fixture.requests(2, Outcome.SUCCESS, 100);
      fixture.advance(Duration.ofMillis(200));
      assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
      assertThat(fixture.history()).containsOnlyOnce("1 UP EJECTED");
    }
  }

  @Test
  void anEndpointThatDiscoveryDropsForAMomentIsStillEjected() {
    try (Fixture fixture = Fixture.of(3)) {
      warmUp(fixture, 3);
      fail(fixture, 3);
      assertThat(fixture.state(3)).isEqualTo(HealthState.EJECTED);
      fixture.publish(2);
      fixture.advance(Duration.ofSeconds(5));
      fixture.publish(3);
      assertThat(fixture.state(3)).isEqualTo(HealthState.EJECTED);
      assertThat(fixture.shareOf(3)).isZero();
      fixture.advance(Duration.ofSeconds(28));
      assertThat(fixture.state(3)).isEqualTo(HealthState.PROBATION);
      fixture.requests(3, Outcome.FAILURE, 1);
      assertThat(fixture.health(3).ejections()).isEqualTo(2);
      fixture.publish(2);
      fixture.advance(Duration.ofMinutes(2));
      fixture.publish(3);
      assertThat(fixture.state(3)).isEqualTo(HealthState.UP);
    }
  }

  @Test
  void whatWasHeldAgainstANodeInVainIsOverWhenItIsEjected() {
    try (Fixture fixture = Fixture.of(2)) {
      warmUp(fixture, 2);
      fail(fixture, 1);
      fail(fixture, 2, 2);
      assertThat(fixture.health(2).suspicions()).isNotEmpty();
      fixture.registry.disable(Fixture.NAME, Fixture.id(1), ORDER);
      fixture.registry.enable(Fixture.NAME, Fixture.id(1));
      warmUp(fixture, 1);
      fail(fixture, 2);
      assertThat(fixture.state(2)).isEqualTo(HealthState.EJECTED);
      assertThat(fixture.health(2).suspicions()).isEmpty();
    }
  }

  /** Not even one request goes to a new endpoint that is out of service. */
  @Test
  void anOrderHoldsFromTheFirstMomentEvenIfTheRegistryIsBusy() throws InterruptedException {
    try (Fixture fixture = Fixture.of(2)) {
      fixture.registry.disable(Fixture.NAME, Fixture.id(3), ORDER);
      CountDownLatch busy = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      HealthListener slow =
          transition -> {
            busy.countDown();
            try {
              goOn.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          };
      fixture.registry.listen(slow);
      Thread first = new Thread(() -> fixture.registry.disable(Fixture.NAME, Fixture.id(1), ORDER));
      first.start();
      busy.await();
      fixture.registry.ignore(slow);
      AtomicReference<Double> weight = new AtomicReference<>(1.0);
      Thread second =
          new Thread(
              () -> {
                fixture.source.publish(weighted(1, 1), weighted(2, 1), weighted(3, 1));
                weight.set(fixture.node(3).weight());
              });
      second.start();
      while (second.isAlive() && second.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      goOn.countDown();
      first.join();
      second.join();
      assertThat(weight.get()).isZero();
    }
  }

  @Test
  void aSchedulerThatRefusesOnceDoesNotStopTheLooks() {
    FakeTicker ticker = new FakeTicker();
    ManualScheduler manual = new ManualScheduler(ticker);
    AtomicBoolean full = new AtomicBoolean();
    Scheduler scheduler = refusing(manual, full);
    HealthRegistry registry = HealthRegistry.create(10, ticker);
    try (Balancer balancer =
        Balancer.builder("orders")
            .source(ManualSource.of(Endpoint.of("a", 1), Endpoint.of("b", 1)))
            .strategy(RoundRobin.of())
            .health(Health.builder().recommendedDetectors().registry(registry).build())
            .ticker(ticker)
            .scheduler(scheduler)
            .build()) {
      manual.run();
      full.set(true);
      end(balancer.nodes().get(0), Outcome.SUCCESS, 1);
      full.set(false);
      for (Node node : balancer.nodes()) {
        end(node, Outcome.SUCCESS, 100);
      }
      manual.advance(Duration.ofMillis(200));
      full.set(true);
      end(balancer.nodes().get(0), Outcome.FAILURE, 10);
      full.set(false);
      end(balancer.nodes().get(0), Outcome.FAILURE, 10);
      manual.advance(Duration.ofMillis(10));
      assertThat(registry.endpoints().get(0).state()).isEqualTo(HealthState.EJECTED);
    }
  }

  @Test
  void whatPeopleAndDetectorsSayIsOneLine() {
    Detector forging = (node, cluster) -> node == 0 ? "slow\nnode 2: fine" : null;
    try (Fixture fixture = new Fixture(Health.builder().detector(forging), 2)) {
      warmUp(fixture, 2);
      assertThat(fixture.health(1).why()).isEqualTo("slow\\u000anode 2: fine");
      fixture.registry.disable(
          Fixture.NAME, Fixture.id(2), Order.by("anna\r\nbert", "\u001b[2K disk"));
      assertThat(fixture.health(2).why()).isEqualTo("by anna\\u000d\\u000abert: \\u001b[2K disk");
    }
  }

  @Test
  void aSchedulerThatRefusesInALookDoesNotKeepAnEjectionFromItsEnd() {
    FakeTicker ticker = new FakeTicker();
    ManualScheduler manual = new ManualScheduler(ticker);
    AtomicBoolean full = new AtomicBoolean();
    HealthRegistry registry = HealthRegistry.create(10, ticker);
    try (Balancer balancer =
        Balancer.builder("orders")
            .source(ManualSource.of(Endpoint.of("a", 1), Endpoint.of("b", 1)))
            .strategy(RoundRobin.of())
            .health(Health.builder().recommendedDetectors().registry(registry).build())
            .ticker(ticker)
            .scheduler(refusing(manual, full))
            .build()) {
      manual.run();
      Node a = balancer.nodes().get(0);
      for (Node node : balancer.nodes()) {
        end(node, Outcome.SUCCESS, 100);
      }
      manual.advance(Duration.ofMillis(200));
      end(a, Outcome.FAILURE, 10);
      full.set(true);
      manual.advance(Duration.ofMillis(20));
      assertThat(registry.endpoints().get(0).state()).isEqualTo(HealthState.EJECTED);

      full.set(false);
      end(balancer.nodes().get(1), Outcome.SUCCESS, 1);
      manual.advance(Duration.ofSeconds(34));
      assertThat(registry.endpoints().get(0).state()).isEqualTo(HealthState.PROBATION);
    }
  }

  private static Scheduler refusing(Scheduler scheduler, AtomicBoolean full) {
    return new Scheduler() {
      @Override
      public Scheduled schedule(Runnable task, long delayNanos) {
        if (full.get()) {
          throw new RejectedExecutionException("full");
        }
        return scheduler.schedule(task, delayNanos);
      }

      @Override
      public void execute(Runnable task) {
        scheduler.execute(task);
      }
    };
  }

  private static void end(Node node, Outcome outcome, int times) {
    for (int i = 0; i < times; i++) {
      node.end(node.begin(), outcome);
    }
  }

  /** A task that was cancelled too late must not make a second chain of alarms. */
  @Test
  void anAlarmThatCannotBeCancelledAnyMoreIsOneMoreAtMost() {
    FakeTicker ticker = new FakeTicker();
    ManualScheduler manual = new ManualScheduler(ticker);
    Scheduler uncancellable =
        new Scheduler() {
          @Override
          public Scheduled schedule(Runnable task, long delayNanos) {
            manual.schedule(task, delayNanos);
            return () -> {};
          }

          @Override
          public void execute(Runnable task) {
            manual.execute(task);
          }
        };
    AtomicReference<Alarm> alarm = new AtomicReference<>();
    alarm.set(
        new Alarm(
            uncancellable,
            set -> {
              alarm.get().rang(set);
              alarm.get().set(ticker.read(), 100);
            }));
    alarm.get().set(ticker.read(), 100);
    alarm.get().set(ticker.read(), 50);
    manual.advance(10_000);
    assertThat(manual.pending()).isEqualTo(1);
  }

  /** What grows with the square of their number takes minutes. */
  @Test
  @Timeout(60)
  void manyEndpointsJoinReportFailAndLeave() {
    int nodes = 10_000;
    Fixture.FakeCheck check = new Fixture.FakeCheck(Verdict.down("not yet asked"));
    try (Fixture fixture = new Fixture(Health.builder().recommendedDetectors().check(check), 2)) {
      // Something that ends by itself, as there nearly always is.
      fixture.registry.disable(
          Fixture.NAME, Fixture.id(1), ORDER.expiringAfter(Duration.ofDays(1)));
      fixture.publish(nodes);
      for (int port = 1; port <= nodes; port++) {
        check.say(port, Verdict.up("200"));
      }
      fixture.scheduler.run();
      for (Node node : fixture.balancer.nodes()) {
        node.pushback(Duration.ofSeconds(2).toNanos());
      }
      fixture.advance(Duration.ofMillis(10));
      for (Outcome outcome : new Outcome[] {Outcome.SUCCESS, Outcome.FAILURE}) {
        for (Node node : fixture.balancer.nodes()) {
          end(node, outcome, 100);
        }
        fixture.advance(Duration.ofSeconds(1));
      }
      fixture.source.publish(EndpointSet.none());
      fixture.scheduler.run();
      assertThat(fixture.registry.endpoints()).isEmpty();
    }
  }

  @Test
  void aMonitorThatWasClosedIsGoneFromTheRegistry() {
    Fixture fixture = Fixture.of(3);
    fixture.close();
    fixture.advance(Duration.ofMinutes(1));
    assertThat(fixture.registry.endpoints()).isEmpty();
    assertThat(fixture.scheduler.pending()).isZero();
  }
}
