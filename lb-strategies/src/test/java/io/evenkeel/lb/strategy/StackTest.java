package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.testkit.Allocations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Decorators in each other: which stacks are refused, and what all others keep. */
class StackTest {
  /** Which may be (.) anywhere inside which, and which not (x). */
  private static final String TABLE =
      """
      inside of      SlowStart PriorityTiers ZoneAware Subset BoundedLoad StickySessions Probed Shadow
      SlowStart           x            .            .         .         .             .        .     .
      PriorityTiers       x            x            .         .         .             x        .     .
      ZoneAware           x            x            x         .         .             x        .     .
      Subset              x            x            x         x         .             x        .     .
      BoundedLoad         x            x            x         x         x             .        .     .
      StickySessions      .            .            .         .         .             x        .     .
      Probed              .            .            .         .         .             .        x     .
      Shadow              .            .            .         .         .             .        .     .
      """;

  private static final List<String> NAMES =
      List.of(
          "SlowStart",
          "PriorityTiers",
          "ZoneAware",
          "Subset",
          "BoundedLoad",
          "StickySessions",
          "Probed",
          "Shadow");

  static Stream<Arguments> pairs() {
    List<String> lines = TABLE.lines().toList();
    return NAMES.stream()
        .flatMap(
            outer ->
                NAMES.stream()
                    .map(
                        inside -> {
                          String[] row = lines.get(1 + NAMES.indexOf(outer)).split("\\s+", -1);
                          String mark = row[1 + NAMES.indexOf(inside)];
                          assertThat(row[0]).isEqualTo(outer);
                          return Arguments.of(outer, inside, mark.equals("x"));
                        }));
  }

  @ParameterizedTest(name = "{1} inside {0}")
  @MethodSource("pairs")
  void aPairThatMakesNoSenseIsRefusedWithAReason(String outer, String inside, boolean refused) {
    Random random = new Random(1);
    Strategy direct = wrap(inside, RoundRobin.of(), random);
    Strategy beneath = Shadow.of(direct, RoundRobin.of(), Comparison.of());
    // A candidate with a bound is refused by the shadow itself.
    Strategy candidate =
        direct.boundsLoad() ? beneath : Shadow.of(RoundRobin.of(), direct, Comparison.of());
    for (Strategy inner : List.of(direct, beneath, candidate)) {
      if (refused) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> wrap(outer, inner, random))
            .withMessageMatching(
                "inner: \\Q"
                    + direct
                    + "\\E \\(expected: no "
                    + inside
                    + " inside "
                    + outer
                    + ": \\w.{20,}\\)");
      } else {
        assertThat(wrap(outer, inner, random)).asString().startsWith(outer).contains(inside);
      }
    }
  }

  @Test
  void theTableKnowsEveryLayer() {
    assertThat(Layer.values()).hasSameSizeAs(NAMES);
  }

  @Property(tries = 400, seed = "20261121")
  void aStackIsRefusedOrChoosesWhatItMay(@ForAll long seed) {
    Random random = new Random(seed);
    Strategy stack = stack(random);
    try (VirtualBalancer virtual = new VirtualBalancer(stack, seed)) {
      List<Endpoint> endpoints = new ArrayList<>();
      for (int change = 0; change < 4; change++) {
        endpoints = change % 2 == 0 ? endpoints(random) : endpoints;
        virtual.publish(endpoints.toArray(Endpoint[]::new));
        for (int i = random.nextInt(4); i > 0; i--) {
          double health = new double[] {0, 0.3, 1}[random.nextInt(3)];
          virtual.judge(endpoints.get(1 + random.nextInt(endpoints.size() - 1)), health);
        }
        virtual.advance(Duration.ofMillis(random.nextInt(3_000)));
        assertChoices(virtual, endpoints, random, stack);
      }
      assertThat(virtual.faults).as("%s", stack).isEmpty();
    }
  }

  private static void assertChoices(
      VirtualBalancer virtual, List<Endpoint> endpoints, Random random, Strategy stack) {
    Set<String> usable = new HashSet<>();
    virtual.balancer.nodes().stream()
        .filter(node -> node.weight() > 0)
        .forEach(node -> usable.add(node.endpoint().id()));
    List<Runnable> begun = new ArrayList<>();
    for (int request = 0; request < 60; request++) {
      Request context = Request.of(random.nextBoolean() ? 0 : random.nextLong());
      for (int attempt = 0; attempt < 4; attempt++) {
        Set<String> untried = new HashSet<>(usable);
        untried.removeAll(context.tried);
        Set<String> allowed = untried.isEmpty() ? usable : untried;
        assertThat(virtual.balancer.explain(context).choice())
            .as("%s", stack)
            .matches(each -> each != null && allowed.contains(each.id()));
        Node node = virtual.balancer.select(context);
        assertThat(allowed).as("%s", stack).contains(node.endpoint().id());
        context.tried.add(node.endpoint().id());
        if (random.nextInt(4) == 0) {
          long stamp = node.begin();
          if (stamp != Node.REFUSED) {
            begun.add(() -> node.end(stamp, Outcome.SUCCESS));
          }
        }
      }
      if (random.nextInt(3) == 0) {
        endpoints.forEach(each -> context.tried.add(each.id()));
        assertThat(usable).contains(virtual.balancer.select(context).endpoint().id());
      }
    }
    begun.forEach(Runnable::run);
    assertThat(virtual.balancer.nodes()).allMatch(node -> node.inFlight() == 0);
  }

  @Property(tries = 200, seed = "20261121")
  void aSelectorOfAnotherShapeIsNoTrouble(@ForAll long seed) {
    Random random = new Random(seed);
    Strategy turn = new InTurn(List.of(stack(random), stack(random), stack(random)));
    try (VirtualBalancer virtual = new VirtualBalancer(turn, seed)) {
      for (int change = 0; change < 6; change++) {
        List<Endpoint> endpoints = endpoints(random);
        virtual.publish(endpoints.toArray(Endpoint[]::new));
        assertChoices(virtual, endpoints, random, turn);
      }
      assertThat(virtual.faults).as("%s", turn).isEmpty();
    }
  }

  /** A stack that is allowed; what is refused on the way must be so by the table, and left out. */
  private static Strategy stack(Random random) {
    Strategy stack = leaf(random);
    List<String> inside = new ArrayList<>();
    for (int depth = random.nextInt(6); depth > 0; depth--) {
      String outer = NAMES.get(random.nextInt(NAMES.size()));
      boolean refused =
          inside.stream().anyMatch(each -> pairs().anyMatch(p -> isRefused(p, outer, each)));
      Strategy before = stack;
      Random same = new Random(random.nextLong());
      if (refused) {
        assertThatIllegalArgumentException()
            .as("%s around %s", outer, before)
            .isThrownBy(() -> wrap(outer, before, same))
            .withMessageContaining(" inside " + outer + ": ");
      } else {
        stack = wrap(outer, before, same);
        inside.add(outer);
      }
    }
    return stack;
  }

  private static boolean isRefused(Arguments pair, String outer, String inside) {
    return pair.get()[0].equals(outer)
        && pair.get()[1].equals(inside)
        && pair.get()[2].equals(true);
  }

  private static Strategy wrap(String name, Strategy inner, Random random) {
    return switch (name) {
      case "SlowStart" -> SlowStart.of(inner);
      case "PriorityTiers" -> PriorityTiers.of(inner);
      case "ZoneAware" -> ZoneAware.builder(inner, "a").minNodes(1 + random.nextInt(8)).build();
      case "Subset" ->
          random.nextBoolean()
              ? Subset.byRendezvous(inner, "c" + random.nextInt(9), 1 + random.nextInt(8))
              : Subset.byPosition(inner, random.nextInt(9), 9, 1 + random.nextInt(8));
      case "BoundedLoad" -> BoundedLoad.of(inner, 1 + random.nextInt(3) / 2.0);
      case "StickySessions" -> StickySessions.of(inner);
      case "Probed" ->
          Probed.builder(inner, endpoint -> new CompletableFuture<>()).executor(task -> {}).build();
      case "Shadow" -> Shadow.of(inner, RoundRobin.of(), Comparison.of(), 1 + random.nextInt(3));
      default -> throw new AssertionError(name);
    };
  }

  private static Strategy leaf(Random random) {
    List<Strategy> leaves =
        List.of(
            RoundRobin.of(),
            WeightedRoundRobin.of(),
            RandomChoice.of(),
            WeightedRandom.of(),
            LeastLoad.requests(),
            IdleFirst.ofDefaults(),
            IdleFirst.builder().fullScanUpTo(0).build(),
            PowerOfChoices.builder().fullScanUpTo(0).build(),
            RingHash.ofPoints(20),
            Rendezvous.of(),
            Maglev.ofDefaults(),
            ResponseTimeWeighted.ofDefaults(),
            UtilizationWeighted.ofDefaults(),
            HotCold.builder(endpoint -> new CompletableFuture<>()).executor(task -> {}).build());
    return leaves.get(random.nextInt(leaves.size()));
  }

  /** From 2 to 25 endpoints in three zones and tiers, some of them drained, the first never. */
  private static List<Endpoint> endpoints(Random random) {
    List<Endpoint> endpoints = new ArrayList<>();
    int n = 2 + random.nextInt(24);
    double[] weights = {0, 0.01, 1, 1, 1, 7};
    for (int i = 0; i < n; i++) {
      Endpoint.Builder endpoint =
          Endpoint.builder("10.0.0.1", 1 + i)
              .id("n" + i)
              .priority(random.nextInt(3))
              .weight(i == 0 ? 1 : weights[random.nextInt(weights.length)]);
      String zone = List.of("a", "b", "c", "").get(random.nextInt(4));
      endpoints.add((zone.isEmpty() ? endpoint : endpoint.zone(zone)).build());
    }
    return endpoints;
  }

  @Test
  void choosingThroughAStackAllocatesNothing() {
    UnaryOperator<Strategy> tall =
        inner ->
            SlowStart.of(
                PriorityTiers.of(
                    ZoneAware.builder(
                            Subset.byRendezvous(
                                Shadow.of(inner, WeightedRoundRobin.of(), Comparison.of()), "c", 2),
                            "a")
                        .minNodes(1)
                        .build()));
    for (Strategy inner :
        List.of(
            RoundRobin.of(), IdleFirst.ofDefaults(), RingHash.ofDefaults(), Maglev.ofDefaults())) {
      try (VirtualBalancer virtual = new VirtualBalancer(tall.apply(inner))) {
        Endpoint[] endpoints = endpoints(new Random(6)).toArray(Endpoint[]::new);
        virtual.publish(Arrays.copyOf(endpoints, endpoints.length - 1));
        virtual.publish(endpoints);
        virtual.judge(endpoints[2], 0);
        Request retry = Request.retry(endpoints[0], endpoints[1], endpoints[5]);
        Allocations.assertNone("a stack", () -> virtual.balancer.select(RequestContext.none()));
        Allocations.assertNone("a stack, a retry", () -> virtual.balancer.select(retry));
      }
    }
  }

  /** Also of requests with keys, which each layer draws by. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sharesOfAStackAreTheProductOfItsLayers(boolean keys) {
    Strategy stack =
        PriorityTiers.of(
            ZoneAware.builder(WeightedRandom.of(), "a")
                .minNodes(1)
                .clientShares(() -> Map.of("a", 40.0, "b", 40.0, "c", 20.0))
                .build());
    try (VirtualBalancer virtual = new VirtualBalancer(stack)) {
      List<Endpoint> endpoints = new ArrayList<>();
      String zones = "abbc";
      for (int i = 0; i < 16; i++) {
        endpoints.add(
            Endpoint.builder("10.0.0.1", 1 + i)
                .id(i / 8 + "-" + zones.charAt(i % 4) + i)
                .zone(zones.substring(i % 4, i % 4 + 1))
                .priority(i / 8)
                .build());
      }
      virtual.publish(endpoints.toArray(Endpoint[]::new));
      for (int i = 0; i < 4; i++) {
        virtual.judge(endpoints.get(i), 0);
      }
      int requests = 200_000;
      Map<String, Double> shares = new HashMap<>();
      SplittableRandom random = new SplittableRandom(3);
      for (int i = 0; i < requests; i++) {
        Request request = Request.of(keys ? random.nextLong() : 0);
        String id = virtual.balancer.select(request).endpoint().id();
        shares.merge(id.substring(0, 3), 1.0 / requests, Double::sum);
      }
      assertThat(shares.values().stream().mapToDouble(share -> share).sum())
          .isCloseTo(1, within(1e-9));
      double[] tiers = {0.7, 0.3};
      double[] local = {0.625, 0.25, 0.125};
      for (int tier = 0; tier < 2; tier++) {
        for (int zone = 0; zone < 3; zone++) {
          double share = tiers[tier] * local[zone];
          assertThat(shares.get(tier + "-" + "abc".charAt(zone)))
              .isCloseTo(share, within(5 * Math.sqrt(share * (1 - share) / requests)));
        }
      }
    }
  }

  @Test
  void measuredWeightsAreRenewedInsideAStack() {
    for (Strategy measured :
        List.of(
            ResponseTimeWeighted.ofDefaults(),
            UtilizationWeighted.builder().blackout(Duration.ZERO).build())) {
      Strategy stack =
          SlowStart.of(
              PriorityTiers.of(ZoneAware.of(Subset.byRendezvous(measured, "c", 2), "nowhere")));
      try (Measured two = new Measured(stack, 1, 1)) {
        for (int i = 0; i < 30; i++) {
          two.answer(0, Duration.ofMillis(10), Outcome.SUCCESS);
          two.answer(1, Duration.ofMillis(30), Outcome.SUCCESS);
          two.node(0).report(LoadReport.builder().utilization(0.5).queriesPerSecond(300).build());
          two.node(1).report(LoadReport.builder().utilization(0.5).queriesPerSecond(100).build());
          two.seconds(1);
        }
        two.assertShares(3, 1);
      }
    }
  }

  /** Another strategy each time, which gets what the one before has made. */
  private static final class InTurn implements Strategy {
    private final List<Strategy> strategies;
    private int next;

    InTurn(List<Strategy> strategies) {
      this.strategies = strategies;
    }

    @Override
    public boolean boundsLoad() {
      return strategies.stream().anyMatch(Strategy::boundsLoad);
    }

    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      return strategies.get(next++ % strategies.size()).newSelector(nodes, previous);
    }

    @Override
    public LoadMetric loadMetric() {
      return strategies.get(0).loadMetric();
    }

    @Override
    public String toString() {
      return strategies.toString();
    }
  }
}
