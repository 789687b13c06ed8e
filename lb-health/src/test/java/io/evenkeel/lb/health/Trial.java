package io.evenkeel.lb.health;

import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerEvent.PanicChanged;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.strategy.IdleFirst;
import io.evenkeel.lb.testkit.cluster.Arrivals;
import io.evenkeel.lb.testkit.cluster.Change;
import io.evenkeel.lb.testkit.cluster.Cluster;
import io.evenkeel.lb.testkit.cluster.ClusterBuilder;
import io.evenkeel.lb.testkit.cluster.ClusterResult;
import io.evenkeel.lb.testkit.cluster.Server;
import io.evenkeel.lb.testkit.cluster.ServiceTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A simulated cluster whose health is judged: what happened to whom and when.
 *
 * @param result of the whole run
 * @param transitions of all endpoints
 * @param panics how often the balancer panicked
 */
record Trial(ClusterResult result, List<HealthTransition> transitions, int panics) {
  private static final Server SERVER =
      Server.ofSlots(100).serviceTime(ServiceTime.exponential(Duration.ofMillis(10)));

  /**
   * Nodes that serve so many requests a second together, for so long, with what happens to them.
   */
  static Trial run(
      int nodes, double rate, Duration length, long seed, Consumer<ClusterBuilder> script) {
    return run(nodes, rate, length, seed, IdleFirst.ofDefaults(), script);
  }

  static Trial run(
      int nodes,
      double rate,
      Duration length,
      long seed,
      Strategy strategy,
      Consumer<ClusterBuilder> script) {
    HealthRegistry registry = HealthRegistry.create();
    List<HealthTransition> transitions = new ArrayList<>();
    registry.listen(transitions::add);
    AtomicInteger panics = new AtomicInteger();
    Health health = Health.builder().recommendedDetectors().registry(registry).build();
    ClusterBuilder builder =
        Cluster.builder()
            .servers(nodes, SERVER)
            .strategy(strategy)
            .arrivals(Arrivals.poisson(rate))
            .duration(length)
            .timeout(Duration.ofMillis(250))
            .balancer(each -> each.health(health).listener(counting(panics)));
    script.accept(builder);
    return new Trial(builder.build().run(seed), transitions, panics.get());
  }

  private static BalancerListener counting(AtomicInteger panics) {
    return new BalancerListener() {
      @Override
      public void onEvent(BalancerEvent event) {
        if (event instanceof PanicChanged changed && changed.panic()) {
          panics.incrementAndGet();
        }
      }
    };
  }

  /** What the first of the servers do from then on. */
  static Consumer<ClusterBuilder> some(
      int servers, Duration from, Function<String, Change> change) {
    return builder -> {
      for (int i = 1; i <= servers; i++) {
        builder.at(from, change.apply("s" + i));
      }
    };
  }

  /** When a server was first ejected; before the end of time if never. */
  Duration ejected(String server) {
    return transitions.stream()
        .filter(each -> isEjection(each) && each.endpoint().id().equals(server))
        .map(each -> Duration.ofNanos(each.atNanos()))
        .findFirst()
        .orElse(Duration.ofDays(1));
  }

  List<HealthTransition> ejections() {
    return transitions.stream().filter(Trial::isEjection).toList();
  }

  private static boolean isEjection(HealthTransition transition) {
    return transition.to() == HealthState.EJECTED && transition.from() != HealthState.EJECTED;
  }
}
