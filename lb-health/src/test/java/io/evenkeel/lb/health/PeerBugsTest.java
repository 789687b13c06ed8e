package io.evenkeel.lb.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.health.Fixture.FakeCheck;
import io.evenkeel.lb.health.probe.ActiveProbe;
import io.evenkeel.lb.health.probe.HealthProbe;
import io.evenkeel.lb.strategy.RingHash;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.strategy.WeightedRandom;
import io.evenkeel.lb.strategy.WeightedRoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.ManualSource;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What went wrong in other libraries, and must not here. */
class PeerBugsTest {
  private static final int REQUESTS = 200_000;
  private static final Order ORDER = Order.by("anna", "to see what comes of it");

  private final FakeTicker ticker = new FakeTicker(0);
  private final ManualScheduler scheduler = new ManualScheduler(ticker);

  private Balancer balancer(Strategy strategy, Health.Builder health, ManualSource source) {
    Balancer balancer =
        Balancer.builder(Fixture.NAME)
            .source(source)
            .strategy(strategy)
            .health(health.build())
            .ticker(ticker)
            .scheduler(scheduler)
            .random(new SplittableRandom(42))
            .build();
    scheduler.run();
    return balancer;
  }

  private static Endpoint[] endpoints(int count, double weightOfTheFirst) {
    Endpoint[] endpoints = new Endpoint[count];
    for (int port = 1; port <= count; port++) {
      endpoints[port - 1] =
          Endpoint.builder("10.0.0.1", port).weight(port == 1 ? weightOfTheFirst : 1).build();
    }
    return endpoints;
  }

  private static Node node(Balancer balancer, int port) {
    return balancer.nodes().stream()
        .filter(node -> node.endpoint().port() == port)
        .findFirst()
        .orElseThrow();
  }

  private static HealthState state(HealthRegistry registry, int port) {
    return registry.endpoints().stream()
        .filter(each -> each.endpoint().port() == port)
        .findFirst()
        .orElseThrow()
        .state();
  }

  /** How many of many requests, each with a key of its own, each node gets. */
  private static Map<Integer, Integer> hits(Balancer balancer) {
    SplittableRandom keys = new SplittableRandom(7);
    Map<Integer, Integer> hits = new TreeMap<>();
    for (int i = 0; i < REQUESTS; i++) {
      long key = keys.nextLong();
      RequestContext context =
          new RequestContext() {
            @Override
            public long affinity() {
              return key;
            }
          };
      hits.merge(balancer.select(context).endpoint().port(), 1, Integer::sum);
    }
    return hits;
  }

  /** ServiceTalk gave the share of a dead host to the one that follows it in the list. */
  private void theDeadOnesShareIsSpread(Strategy strategy, double tolerance) {
    int count = 10;
    HealthRegistry registry = HealthRegistry.create(1000, ticker);
    ManualSource source = ManualSource.of(endpoints(count, 1));
    try (Balancer balancer =
        balancer(strategy, Health.builder().recommendedDetectors().registry(registry), source)) {
      for (int round = 0; round < 100; round++) {
        for (Node node : balancer.nodes()) {
          node.end(node.begin(), Outcome.SUCCESS);
        }
      }
      scheduler.advance(Duration.ofMillis(200));
      Map<Integer, Integer> before = hits(balancer);
      for (int i = 0; i < 5; i++) {
        node(balancer, 4).end(node(balancer, 4).begin(), Outcome.UNREACHABLE);
      }
      scheduler.advance(Duration.ofMillis(20));
      assertThat(state(registry, 4)).isEqualTo(HealthState.EJECTED);
      Map<Integer, Integer> after = hits(balancer);
      assertThat(after).hasSize(count - 1).doesNotContainKey(4);
      double fair = before.getOrDefault(4, 0) / (count - 1.0);
      after.forEach(
          (port, hits) ->
              assertThat((hits - before.getOrDefault(port, 0)) / fair)
                  .as("what %d inherits by %s, of a fair share", port, strategy)
                  .isBetween(1 - tolerance, 1 + tolerance));
    }
  }

  @Test
  void roundRobinSpreadsTheShareOfAnEjectedNodeOverAllOthers() {
    theDeadOnesShareIsSpread(RoundRobin.of(), 0.01);
  }

  @Test
  void weightedRoundRobinSpreadsTheShareOfAnEjectedNodeOverAllOthers() {
    theDeadOnesShareIsSpread(WeightedRoundRobin.of(), 0.01);
  }

  /** A ring of 160 points for each node; with one point all would go to one neighbour. */
  @Test
  void ringHashSpreadsTheShareOfAnEjectedNodeOverAllOthers() {
    theDeadOnesShareIsSpread(RingHash.ofDefaults(), 0.75);
  }

  /** Armeria's ramp took a weight of 1 in steps of whole numbers, and the first step was 0. */
  private void aRampLeavesASmallWeightAShare(Strategy strategy, double least, double most) {
    HealthRegistry registry = HealthRegistry.create(1000, ticker);
    FakeCheck check = new FakeCheck(Verdict.up("assumed"));
    ManualSource source = ManualSource.of(endpoints(3, 0.001));
    try (Balancer balancer =
        balancer(strategy, Health.builder().check(check).registry(registry), source)) {
      check.say(1, Verdict.down("503"));
      scheduler.run();
      assertThat(hits(balancer)).doesNotContainKey(1);
      check.say(1, Verdict.up("200"));
      scheduler.run();
      assertThat(state(registry, 1)).isEqualTo(HealthState.RAMPING);
      assertThat((double) hits(balancer).getOrDefault(1, 0) / REQUESTS)
          .as("share of weight 0.001 at the beginning of its ramp by %s", strategy)
          .isBetween(least, most);
    }
  }

  @Test
  void aSmallWeightKeepsAShareWhileItRamps() {
    double exact = 0.0001 / 2.0001;
    aRampLeavesASmallWeightAShare(WeightedRoundRobin.of(), 0.8 * exact, 1.2 * exact);
    aRampLeavesASmallWeightAShare(WeightedRandom.of(), 0.1 * exact, 3 * exact);
    // One point of a circle is the least, and may be more than its share.
    aRampLeavesASmallWeightAShare(RingHash.ofDefaults(), 1.0 / REQUESTS, 0.02);
  }

  /** An order of the least share and a ramp at once are not rounded to 0 either. */
  @Test
  void theLeastShareThatCanBeOrderedIsAboveZero() {
    HealthRegistry registry = HealthRegistry.create(1000, ticker);
    FakeCheck check = new FakeCheck(Verdict.up("assumed"));
    ManualSource source = ManualSource.of(endpoints(3, 0.001));
    try (Balancer balancer =
        balancer(
            WeightedRoundRobin.of(), Health.builder().check(check).registry(registry), source)) {
      registry.weigh(Fixture.NAME, Fixture.id(1), 0.001, ORDER);
      check.say(1, Verdict.down("503"));
      check.say(1, Verdict.up("200"));
      scheduler.run();
      assertThat(state(registry, 1)).isEqualTo(HealthState.RAMPING);
      assertThat(node(balancer, 1).weight()).isPositive();
    }
  }

  /** A check that keeps nothing of what it was given, but knows whether it is there. */
  private static final class Forgetful implements HealthCheck {
    final List<WeakReference<?>> given = new ArrayList<>();

    @Override
    public Run start(CheckContext context) {
      if (context.node().endpoint().port() == 1) {
        given.add(new WeakReference<>(context));
        given.add(new WeakReference<>(context.node()));
        given.add(new WeakReference<>(context.node().endpoint()));
      }
      context.report(Verdict.up("assumed"));
      return () -> {};
    }
  }

  /** Spring Cloud's checker did not look at instances that it had not seen at first. */
  @Test
  void aNewInstanceIsAskedAgainAndAgainBeforeItIsUsed() {
    AtomicInteger asked = new AtomicInteger();
    HealthProbe probe =
        (endpoint, limit) -> {
          if (endpoint.port() == 2) {
            asked.incrementAndGet();
          }
          return CompletableFuture.completedFuture(Verdict.up("200"));
        };
    ManualSource source = ManualSource.of(endpoints(1, 1));
    Health.Builder health = Health.builder().check(ActiveProbe.of(probe));
    try (Balancer balancer = balancer(RoundRobin.of(), health, source)) {
      scheduler.advance(Duration.ofMinutes(5));
      source.publish(endpoints(2, 1));
      scheduler.run();
      assertThat(balancer.nodes()).hasSize(2);
      scheduler.advance(Duration.ofSeconds(55));
      assertThat(asked.get()).as("every 5 seconds in the first minute").isBetween(10, 13);
      scheduler.advance(Duration.ofMinutes(10));
      assertThat(asked.get()).as("then every minute, as nobody uses it").isBetween(19, 25);
    }
  }

  /** Gauges of Spring Cloud outlived their instances. */
  @Test
  void nothingIsKeptOfAnEndpointThatLeft() {
    HealthRegistry registry = HealthRegistry.create(0, ticker);
    Forgetful check = new Forgetful();
    Health.Builder health = Health.builder().recommendedDetectors().check(check).registry(registry);
    ManualSource source = ManualSource.of(endpoints(4, 1));
    try (Balancer balancer = balancer(RoundRobin.of(), health, source)) {
      scheduler.run();
      long stamp = inTrouble(balancer, registry);
      CompletionStage<Integer> drained =
          registry.drain(Fixture.NAME, Fixture.id(1), Duration.ofMinutes(5), ORDER);
      assertThat(check.given).hasSize(3).allSatisfy(each -> assertThat(each.get()).isNotNull());
      leave(balancer, source, stamp);
      assertThat(registry.endpoints())
          .extracting(each -> each.endpoint().port())
          .containsExactly(2, 3, 4);
      scheduler.advance(Duration.ofSeconds(1));
      assertThat(drained.toCompletableFuture()).isDone();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (check.given.stream().anyMatch(each -> each.get() != null)
          && System.nanoTime() - deadline < 0) {
        System.gc();
      }
      assertThat(check.given).allSatisfy(each -> assertThat(each.get()).isNull());
      assertThat(balancer.nodes()).hasSize(3);
    }
  }

  /** All that can be kept of a node is: a penalty, failures, a wish, and a request in flight. */
  private long inTrouble(Balancer balancer, HealthRegistry registry) {
    for (Node node : balancer.nodes()) {
      for (int i = 0; i < 100; i++) {
        node.end(node.begin(), Outcome.SUCCESS);
      }
    }
    scheduler.advance(Duration.ofMillis(200));
    long stamp = node(balancer, 1).begin();
    for (int i = 0; i < 5; i++) {
      node(balancer, 1).end(node(balancer, 1).begin(), Outcome.UNREACHABLE);
    }
    node(balancer, 1).pushback(Duration.ofSeconds(5).toNanos());
    scheduler.advance(Duration.ofMillis(20));
    assertThat(state(registry, 1)).isEqualTo(HealthState.EJECTED);
    return stamp;
  }

  /** Leaves with a request in flight; when that has ended, the next set forgets the node. */
  private void leave(Balancer balancer, ManualSource source, long stamp) {
    Node leaving = node(balancer, 1);
    Endpoint[] others = {
      Endpoint.of("10.0.0.1", 2), Endpoint.of("10.0.0.1", 3), Endpoint.of("10.0.0.1", 4)
    };
    source.publish(others);
    scheduler.run();
    leaving.end(stamp, Outcome.FAILURE);
    others[0] = others[0].toBuilder().weight(2).build();
    source.publish(others);
    scheduler.run();
  }

  /** Thousands of instances that come and go leave what is there, and a history with an end. */
  @Test
  void theRegistryDoesNotGrowWithInstancesThatComeAndGo() {
    HealthRegistry registry = HealthRegistry.create(100, ticker);
    Health.Builder health = Health.builder().recommendedDetectors().registry(registry);
    ManualSource source = ManualSource.of(endpoints(1, 1));
    try (Balancer balancer = balancer(RoundRobin.of(), health, source)) {
      int atRest = scheduler.pending();
      for (int round = 0; round < 1000; round++) {
        source.publish(
            Endpoint.of("10.0.1." + round % 250, 1 + round),
            Endpoint.of("10.0.2." + round % 250, 1 + round));
        scheduler.run();
        assertThat(registry.endpoints()).hasSize(2);
      }
      assertThat(registry.history()).hasSize(100);
      assertThat(balancer.nodes()).hasSize(2);
      assertThat(scheduler.pending()).isLessThanOrEqualTo(atRest + 2);
    }
    assertThat(registry.endpoints()).isEmpty();
  }
}
