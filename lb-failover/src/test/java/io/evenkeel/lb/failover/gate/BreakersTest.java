package io.evenkeel.lb.failover.gate;

import static io.evenkeel.lb.failover.gate.Fixture.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent.ComponentFailed;
import io.evenkeel.lb.BalancerEvent.PanicChanged;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Explanation.Exclusion;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.testkit.Allocations;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BreakersTest {
  private static final Duration WAIT = Duration.ofSeconds(1);

  /** Exact waits of 1, 2, 4 seconds; opens at half of 10; 3 trials. */
  private static CircuitBreakerConfig.Builder config() {
    return CircuitBreakerConfig.custom()
        .slidingWindowSize(10)
        .minimumNumberOfCalls(10)
        .permittedNumberOfCallsInHalfOpenState(3)
        .waitIntervalFunctionInOpenState(new Doubling(WAIT, Duration.ofSeconds(4)));
  }

  private final CircuitBreakerRegistry registry = CircuitBreakerRegistry.ofDefaults();
  private Breakers breakers = with(config().build());
  private Fixture fixture = new Fixture(breakers);

  private Breakers with(CircuitBreakerConfig config) {
    return Breakers.builder().config(config).registry(registry).build();
  }

  private void configure(CircuitBreakerConfig config) {
    breakers = with(config);
    fixture = new Fixture(breakers);
  }

  private CircuitBreaker breaker(int number) {
    return registry.find("orders/s" + number).orElseThrow();
  }

  /** A balancer over some nodes, the first of which has an open breaker. */
  private Balancer opened(int nodes) {
    Balancer balancer = fixture.balancer(nodes);
    fixture.send(node(balancer, 1), 10, Outcome.FAILURE);
    assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
    return balancer;
  }

  /** The same, with its wait just over. */
  private Balancer halfOpen(int nodes) {
    Balancer balancer = opened(nodes);
    pass(WAIT);
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    return balancer;
  }

  /** Lets a wait pass, give or take its jitter. */
  private void pass(Duration wait) {
    fixture.advance(wait.multipliedBy(11).dividedBy(10).plusNanos(2));
  }

  private Set<String> leased(Balancer balancer) {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      fixture.ticker.advance(1);
      Lease lease = balancer.lease(RequestContext.none());
      ids.add(lease.endpoint().id());
      lease.end(Outcome.CANCELLED);
    }
    return ids;
  }

  @Test
  void anEndpointThatFailsIsPassedOverAndNothingFailsForIt() {
    Balancer balancer = fixture.balancer(3);
    fixture.send(node(balancer, 1), 5, Outcome.SUCCESS);
    fixture.send(node(balancer, 1), 4, Outcome.FAILURE);
    assertThat(leased(balancer)).contains("s1");
    fixture.send(node(balancer, 1), 1, Outcome.TIMEOUT);
    assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
    assertThat(leased(balancer)).containsExactlyInAnyOrder("s2", "s3");
    assertThat(balancer.explain(RequestContext.none()).candidates().get(0).exclusion())
        .isEqualTo(Exclusion.UNFIT);
    assertThat(fixture.isRefused(node(balancer, 1))).isTrue();
  }

  @Test
  void cancelledRequestsCountNeitherWay() {
    Balancer balancer = fixture.balancer(3);
    fixture.send(node(balancer, 1), 100, Outcome.CANCELLED);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
  }

  @Test
  void itIsOfferedAgainWhenTheWaitIsOverThoughNobodyAskedForIt() {
    Balancer balancer = opened(3);
    fixture.advance(WAIT.multipliedBy(9).dividedBy(10).minusMillis(1));
    assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
    assertThat(node(balancer, 1).weight()).isZero();
    fixture.advance(WAIT.dividedBy(5).plusMillis(1));
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    assertThat(node(balancer, 1).weight()).isEqualTo(1);
    assertThat(leased(balancer)).contains("s1");
  }

  @Test
  void itIsOfferedAgainThoughTheSchedulerIsLate() {
    Balancer balancer = opened(3);
    fixture.ticker.advance(WAIT.multipliedBy(2));
    assertThat(fixture.isRefused(node(balancer, 1))).isTrue();
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    assertThat(fixture.isRefused(node(balancer, 1))).isFalse();
  }

  @Test
  void exactlyAsManyTrialsBeginAsArePermitted() {
    Node node = node(halfOpen(3), 1);
    long first = fixture.begin(node);
    long second = fixture.begin(node);
    long third = fixture.begin(node);
    assertThat(fixture.isRefused(node)).isTrue();
    fixture.end(node, first, Outcome.SUCCESS);
    assertThat(fixture.isRefused(node)).isTrue();
    fixture.end(node, third, Outcome.FAILURE);
    assertThat(fixture.isRefused(node)).isTrue();
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    fixture.end(node, second, Outcome.SUCCESS);
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
    assertThat(fixture.isRefused(node)).isFalse();
  }

  @Test
  void eachTimeThatTrialsFailItStaysOpenForTwiceAsLong() {
    Node node = node(halfOpen(3), 1);
    for (int wait : List.of(2, 4, 4)) {
      fixture.send(node, 3, Outcome.UNREACHABLE);
      assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
      fixture.advance(WAIT.multipliedBy(wait).multipliedBy(9).dividedBy(10).minusMillis(5));
      assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
      fixture.advance(WAIT.multipliedBy(wait).dividedBy(5).plusMillis(6));
      assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    }
    fixture.send(node, 3, Outcome.SUCCESS);
    fixture.send(node, 10, Outcome.FAILURE);
    pass(WAIT);
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
  }

  @Test
  void whatWasBegunWhileClosedSaysNothingAmongTheTrials() {
    Balancer balancer = fixture.balancer(3);
    Node node = node(balancer, 1);
    List<Long> slow = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      slow.add(fixture.begin(node));
    }
    fixture.send(node, 10, Outcome.FAILURE);
    pass(WAIT);
    long trial = fixture.begin(node);
    slow.subList(0, 15).forEach(stamp -> node.end(stamp, Outcome.SUCCESS));
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
    fixture.end(node, trial, Outcome.SUCCESS);
    fixture.send(node, 2, Outcome.SUCCESS);
    slow.subList(15, 20).forEach(stamp -> node.end(stamp, Outcome.TIMEOUT));
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
    assertThat(node.inFlight()).isZero();
  }

  @Test
  void trialsOfOneTimeSayNothingTheNextTime() {
    configure(config().minimumNumberOfCalls(2).slidingWindowSize(10).build());
    Balancer balancer = fixture.balancer(3);
    Node node = node(balancer, 1);
    fixture.send(node, 2, Outcome.FAILURE);
    pass(WAIT);
    long late = fixture.begin(node);
    long early = fixture.begin(node);
    fixture.end(node, early, Outcome.FAILURE);
    fixture.send(node, 1, Outcome.FAILURE);
    assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
    pass(WAIT.multipliedBy(2));
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    fixture.end(node, late, Outcome.FAILURE);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
    List<Long> trials = List.of(fixture.begin(node), fixture.begin(node), fixture.begin(node));
    assertThat(fixture.isRefused(node)).isTrue();
    trials.forEach(trial -> fixture.end(node, trial, Outcome.SUCCESS));
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
  }

  /** Its stamp may be that of a request from before. */
  @Test
  void whatBeginsAtTheVeryMomentIsNoTrial() {
    Node node = node(halfOpen(3), 1);
    breaker(1).transitionToClosedState();
    long earlier = fixture.begin(node);
    long old = fixture.begin(node);
    breaker(1).transitionToOpenState();
    breaker(1).transitionToHalfOpenState();
    for (int i = 0; i < 4; i++) {
      assertThat(node.begin()).isEqualTo(Node.REFUSED);
    }
    node.end(earlier, Outcome.FAILURE);
    node.end(old, Outcome.FAILURE);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
    long first = fixture.begin(node);
    fixture.begin(node);
    fixture.begin(node);
    assertThat(fixture.isRefused(node)).isTrue();
    fixture.end(node, first, Outcome.SUCCESS);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isOne();
    assertThat(fixture.isRefused(node)).isTrue();
  }

  @Test
  void aTrialThatIsCancelledMakesRoomForAnother() {
    Node node = node(halfOpen(3), 1);
    for (int i = 0; i < 100; i++) {
      List<Long> trials = List.of(fixture.begin(node), fixture.begin(node), fixture.begin(node));
      assertThat(fixture.isRefused(node)).isTrue();
      trials.forEach(trial -> fixture.end(node, trial, Outcome.CANCELLED));
    }
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
    fixture.send(node, 3, Outcome.SUCCESS);
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
  }

  @Test
  void trialsThatAreForgottenMakeRoomForOthers() {
    fixture.builder.leaseLimit(Duration.ofSeconds(8)).panicThreshold(0);
    Balancer balancer = halfOpen(1);
    for (int i = 0; i < 3; i++) {
      fixture.ticker.advance(1);
      Lease unused = balancer.lease(RequestContext.none());
    }
    assertThat(fixture.isRefused(node(balancer, 1))).isTrue();
    fixture.advance(Duration.ofSeconds(9));
    fixture.send(node(balancer, 1), 3, Outcome.SUCCESS);
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
  }

  @Test
  void itsOwnPermitsStayInStep() {
    Node node = node(halfOpen(3), 1);
    fixture.end(node, fixture.begin(node), Outcome.CANCELLED);
    fixture.begin(node);
    assertThat(breaker(1).tryAcquirePermission()).isTrue();
    assertThat(breaker(1).tryAcquirePermission()).isTrue();
    assertThat(breaker(1).tryAcquirePermission()).isFalse();
  }

  @Test
  void aTrialThatABulkheadRefusesGivesItsPlaceBack() {
    BulkheadConfig one = BulkheadConfig.custom().maxConcurrentCalls(1).build();
    fixture.builder.health(breakers, AdaptiveLimits.ofDefaults(), Bulkheads.of(one));
    Node node = node(halfOpen(3), 1);
    long trial = fixture.begin(node);
    for (int i = 0; i < 10; i++) {
      assertThat(fixture.isRefused(node)).isTrue();
    }
    fixture.end(node, trial, Outcome.SUCCESS);
    fixture.send(node, 2, Outcome.SUCCESS);
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
  }

  @Test
  void halfOpenIsLeftThoughSomebodyElseTakesItsPermits() {
    Node node = node(halfOpen(3), 1);
    while (breaker(1).tryAcquirePermission()) {}
    fixture.send(node, 3, Outcome.SUCCESS);
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
  }

  @Test
  void trialsMayBeLimitedInTime() {
    configure(config().maxWaitDurationInHalfOpenState(Duration.ofSeconds(10)).build());
    halfOpen(3);
    fixture.advance(Duration.ofSeconds(9));
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    fixture.advance(Duration.ofSeconds(1));
    assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
    configure(
        config()
            .maxWaitDurationInHalfOpenState(Duration.ofSeconds(10))
            .transitionToStateAfterWaitDuration(State.CLOSED)
            .build());
    registry.getAllCircuitBreakers().forEach(each -> registry.remove(each.getName()));
    Balancer balancer = halfOpen(3);
    long stamp = fixture.begin(node(balancer, 1));
    fixture.advance(Duration.ofSeconds(10));
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
    fixture.end(node(balancer, 1), stamp, Outcome.FAILURE);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
  }

  @Test
  void inPanicNothingIsRefusedAndOnlyTrialsCount() {
    Balancer balancer = fixture.balancer(3);
    fixture.send(node(balancer, 1), 10, Outcome.FAILURE);
    assertThat(fixture.isRefused(node(balancer, 1))).isTrue();
    fixture.send(node(balancer, 2), 10, Outcome.FAILURE);
    assertThat(fixture.events).contains(new PanicChanged("orders", true, 1 / 3.0));
    assertThat(leased(balancer)).containsExactlyInAnyOrder("s1", "s2", "s3");
    fixture.send(node(balancer, 1), 50, Outcome.SUCCESS);
    assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
    pass(WAIT);
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    assertThat(fixture.events).contains(new PanicChanged("orders", false, 2 / 3.0));
    // One of three is closed: the trials of the first cannot carry what the third cannot.
    List<Long> trials = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      trials.add(fixture.begin(node(balancer, 1)));
    }
    trials
        .subList(3, 10)
        .forEach(beside -> fixture.end(node(balancer, 1), beside, Outcome.TIMEOUT));
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
    pass(Duration.ofMillis(100));
    assertThat(breaker(2).getState()).isEqualTo(State.HALF_OPEN);
    trials.subList(0, 3).forEach(trial -> fixture.end(node(balancer, 1), trial, Outcome.SUCCESS));
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
    for (int i = 0; i < 3; i++) {
      trials.add(fixture.begin(node(balancer, 2)));
    }
    assertThat(fixture.isRefused(node(balancer, 2))).isTrue();
  }

  @Test
  void withoutPanicAllMayRefuse() {
    fixture.builder.panicThreshold(0);
    Balancer balancer = fixture.balancer(2);
    fixture.send(node(balancer, 1), 10, Outcome.FAILURE);
    fixture.send(node(balancer, 2), 10, Outcome.FAILURE);
    assertThatThrownBy(() -> balancer.lease(RequestContext.none()))
        .isInstanceOf(NoEndpointException.class);
    pass(WAIT.plusMillis(100));
    for (int i = 0; i < 6; i++) {
      fixture.ticker.advance(1);
      Lease unused = balancer.lease(RequestContext.none());
    }
    assertThatThrownBy(() -> balancer.lease(RequestContext.none()))
        .isInstanceOf(NoEndpointException.class);
  }

  @Test
  void aForcedOpenBreakerRefusesInPanicToo() {
    Balancer balancer = fixture.balancer(4);
    breaker(1).transitionToForcedOpenState();
    fixture.send(node(balancer, 2), 10, Outcome.FAILURE);
    fixture.send(node(balancer, 3), 10, Outcome.FAILURE);
    fixture.advance(Duration.ofMillis(250));
    assertThat(fixture.events).contains(new PanicChanged("orders", true, 1 / 3.0));
    assertThat(leased(balancer)).containsExactlyInAnyOrder("s2", "s3", "s4");
    assertThat(fixture.isRefused(node(balancer, 1))).isTrue();
  }

  @Test
  void ordersOfPeopleHoldFromTheNextRequestOn() {
    Balancer balancer = fixture.balancer(3);
    Node node = node(balancer, 1);
    long begun = fixture.begin(node);
    breaker(1).transitionToForcedOpenState();
    assertThat(fixture.isRefused(node)).isTrue();
    fixture.scheduler.run();
    assertThat(balancer.explain(RequestContext.none()).candidates().get(0).exclusion())
        .isEqualTo(Exclusion.DRAINED);
    fixture.end(node, begun, Outcome.FAILURE);
    breaker(1).transitionToClosedState();
    fixture.advance(Duration.ofMillis(250));
    assertThat(leased(balancer)).contains("s1");
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
    breaker(1).transitionToDisabledState();
    fixture.send(node, 100, Outcome.FAILURE);
    assertThat(breaker(1).getState()).isEqualTo(State.DISABLED);
    breaker(1).transitionToMetricsOnlyState();
    fixture.send(node, 100, Outcome.FAILURE);
    assertThat(breaker(1).getMetrics().getFailureRate()).isEqualTo(100);
    breaker(1).reset();
    // The request that finds out about the reset began before it, for all that is known.
    fixture.send(node, 1 + 9, Outcome.FAILURE);
    assertThat(leased(balancer)).contains("s1");
    fixture.send(node, 1, Outcome.FAILURE);
    assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
    breaker(1).transitionToHalfOpenState();
    fixture.advance(Duration.ofMillis(250));
    fixture.send(node, 3, Outcome.SUCCESS);
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
  }

  @Test
  void aResetBeginsAnew() {
    Node node = node(fixture.balancer(3), 1);
    long begun = fixture.begin(node);
    fixture.send(node, 5, Outcome.FAILURE);
    breaker(1).reset();
    fixture.end(node, begun, Outcome.FAILURE);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
    fixture.send(node, 5, Outcome.SUCCESS);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isEqualTo(5);
  }

  @Test
  void aWaitThatSomebodyElseSetsIsKept() {
    Balancer balancer = fixture.balancer(3);
    breaker(1).transitionToOpenStateFor(Duration.ofSeconds(20));
    assertThat(fixture.isRefused(node(balancer, 1))).isTrue();
    fixture.advance(Duration.ofMillis(19_900));
    assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
    fixture.advance(Duration.ofMillis(350));
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    fixture.send(node(balancer, 1), 3, Outcome.FAILURE);
    breaker(1).transitionToOpenStateFor(Duration.ofSeconds(30));
    fixture.advance(Duration.ofSeconds(29));
    assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
    fixture.advance(Duration.ofSeconds(2));
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
  }

  /** A listener of Resilience4j stands exactly between the gate's look and the breaker's record. */
  @Test
  @Timeout(30)
  void aThreadThatIsHeldUpBeforeItRecordsDoesNotRecordAmongTheTrials() throws Exception {
    Node node = node(fixture.balancer(3), 1);
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicBoolean first = new AtomicBoolean(true);
    breaker(1)
        .getEventPublisher()
        .onSuccess(
            event -> {
              if (first.getAndSet(false)) {
                held.countDown();
                await(goOn);
              }
            });
    long stamp = fixture.begin(node);
    Thread slow = new Thread(() -> node.end(stamp, Outcome.SUCCESS));
    slow.start();
    await(held);
    fixture.send(node, 10, Outcome.FAILURE);
    pass(WAIT.multipliedBy(5));
    assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
    assertThat(fixture.isRefused(node)).isTrue();
    goOn.countDown();
    slow.join();
    fixture.advance(Duration.ofMillis(250));
    assertThat(breaker(1).getState()).isEqualTo(State.HALF_OPEN);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
    fixture.send(node, 3, Outcome.SUCCESS);
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theOutcomeDecidesWhateverTheConfigurationThinksOfExceptions() {
    configure(
        config()
            .ignoreExceptions(Exception.class)
            .recordExceptions(IllegalStateException.class)
            .recordException(thrown -> false)
            .ignoreExceptionsPrecedenceEnabled(true)
            .build());
    Balancer balancer = fixture.balancer(3);
    List<Throwable> thrown = new ArrayList<>();
    breaker(1).getEventPublisher().onError(event -> thrown.add(event.getThrowable()));
    fixture.send(node(balancer, 1), 10, Outcome.REJECTED);
    assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
    assertThat(thrown).hasSize(10);
    assertThat(thrown.get(0)).hasMessage("REJECTED").hasNoCause();
    assertThat(thrown.get(0).getStackTrace()).isEmpty();
  }

  @Test
  void itIsInTheRegistryForAsLongAsTheEndpointIsKnown() {
    List<String> log = new ArrayList<>();
    registry.getEventPublisher().onEntryAdded(e -> log.add("+" + e.getAddedEntry().getName()));
    registry.getEventPublisher().onEntryRemoved(e -> log.add("-" + e.getRemovedEntry().getName()));
    Balancer balancer = fixture.balancer(2);
    fixture.publish(1);
    assertThat(log).containsExactly("+orders/s1", "+orders/s2", "-orders/s2");
    balancer.close();
    assertThat(registry.getAllCircuitBreakers()).isEmpty();
    fixture.advance(Duration.ofHours(1));
    assertThat(fixture.scheduler.pending()).isZero();
  }

  @Test
  void anOpenBreakerLeavesNoTaskBehind() {
    Balancer balancer = opened(3);
    balancer.close();
    fixture.advance(Duration.ofSeconds(1));
    assertThat(fixture.scheduler.pending()).isZero();
  }

  @Test
  void aMovedEndpointBeginsAnewAndOldRequestsSayNothingOfIt() {
    Balancer balancer = fixture.balancer(1);
    Node node = node(balancer, 1);
    List<Long> old = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      old.add(fixture.begin(node));
    }
    fixture.source.publish(Endpoint.builder("10.9.9.9", 9).id("s1").build());
    assertThat(node(balancer, 1)).isSameAs(node);
    old.forEach(stamp -> node.end(stamp, Outcome.UNREACHABLE));
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
    fixture.send(node, 10, Outcome.FAILURE);
    assertThat(breaker(1).getState()).isEqualTo(State.OPEN);
  }

  @Test
  void aNameThatIsTakenIsAnErrorAndTheEndpointIsUsedWithoutABreaker() {
    registry.circuitBreaker("orders/s1");
    Balancer balancer = fixture.balancer(1);
    assertThat(((ComponentFailed) fixture.events.get(0)).cause())
        .hasMessage("breaker: orders/s1 (expected: a name that is not taken in the registry)");
    fixture.send(node(balancer, 1), 200, Outcome.FAILURE);
    assertThat(breaker(1).getMetrics().getNumberOfBufferedCalls()).isZero();
    balancer.close();
    assertThat(registry.find("orders/s1")).isPresent();
  }

  @Test
  void aBreakerMayBeginOpen() {
    configure(config().initialState(State.OPEN).build());
    Balancer balancer = fixture.balancer(3);
    fixture.scheduler.run();
    assertThat(node(balancer, 1).weight()).isEqualTo(1);
    pass(WAIT.plusMillis(250));
    fixture.send(node(balancer, 1), 3, Outcome.SUCCESS);
    assertThat(breaker(1).getState()).isEqualTo(State.CLOSED);
  }

  @Test
  void whatIsRecommendedIsFreeOfLocks() {
    CircuitBreakerConfig recommended = Breakers.recommended();
    assertThat(recommended.getSlidingWindowSynchronizationStrategy())
        .isEqualTo(SlidingWindowSynchronizationStrategy.LOCK_FREE);
    assertThat(Breakers.ofDefaults())
        .hasToString("Breakers[open at 50.0 % of 50, at least 20, for PT2S..PT30S, trials 3]");
    Fixture fixture = new Fixture(breakers);
    fixture.balancer(1);
    assertThat(breaker(1).getCircuitBreakerConfig().getSlidingWindowSynchronizationStrategy())
        .isEqualTo(SlidingWindowSynchronizationStrategy.LOCK_FREE);
  }

  @Test
  void wavesOfReturnsAreSpread() {
    Fixture many = new Fixture(Breakers.ofDefaults());
    Balancer balancer = many.builder.panicThreshold(0).build();
    many.publish(200);
    Set<Long> times = new HashSet<>();
    for (Node node : balancer.nodes()) {
      for (int i = 0; i < 20; i++) {
        many.ticker.advance(1);
        node.end(node.begin(), Outcome.FAILURE);
      }
    }
    many.advance(Duration.ofMillis(1790));
    for (int i = 0; i < 450; i++) {
      many.advance(Duration.ofMillis(1));
      times.add(balancer.nodes().stream().filter(node -> node.weight() == 0).count());
    }
    assertThat(times).contains(200L, 0L).hasSizeGreaterThan(100);
  }

  @Test
  void theGuardAllocatesNothing() {
    Node node = node(fixture.balancer(1), 1);
    Allocations.assertNone(
        "begin while closed, end as CANCELLED",
        () -> node.end(requireBegun(node), Outcome.CANCELLED));
    breaker(1).transitionToDisabledState();
    Allocations.assertNone(
        "begin and end while disabled", () -> node.end(requireBegun(node), Outcome.SUCCESS));
    breaker(1).transitionToClosedState();
    fixture.advance(Duration.ofSeconds(1));
    int[] requests = {0};
    long ours =
        Allocations.fewest(
            () -> node.end(tick(node), requests[0]++ % 4 == 0 ? Outcome.FAILURE : Outcome.SUCCESS));
    // 168 to 208 bytes with Resilience4j 2.4, all of them its window's; an event is as much again.
    assertThat(ours / Allocations.OPERATIONS).isBetween(1L, 250L);
  }

  private long tick(Node node) {
    fixture.ticker.advance(1);
    return node.begin();
  }

  private static long requireBegun(Node node) {
    long stamp = node.begin();
    if (stamp == Node.REFUSED) {
      throw new AssertionError("refused");
    }
    return stamp;
  }

  @Test
  void aRefusalAllocatesNothing() {
    Node node = node(opened(3), 1);
    Allocations.assertNone(
        "a refusal",
        () -> {
          if (node.begin() != Node.REFUSED) {
            throw new AssertionError("begun");
          }
        });
  }
}
