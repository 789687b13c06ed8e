package io.evenkeel.lb;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Builds a {@link Balancer}. Only the source is required. Not thread-safe. */
public final class BalancerBuilder {
  private static final Duration MIN_LEASE_LIMIT = Duration.ofMillis(1);
  private static final Duration MAX_LEASE_LIMIT = Duration.ofDays(1);

  final String name;
  @Nullable EndpointSource source;
  @Nullable Strategy strategy;
  List<HealthPolicy> health = List.of();
  double panicThreshold = 0.5;
  Duration leaseLimit = Duration.ofMinutes(10);
  final List<BalancerListener> listeners = new ArrayList<>();
  Ticker ticker = Ticker.system();
  Scheduler scheduler = Scheduler.shared();
  RandomGenerator random = ThreadRandom.INSTANCE;

  BalancerBuilder(String name) {
    if (name.isBlank() || name.length() > 253 || Printable.hasUnsafe(name)) {
      throw new IllegalArgumentException(
          "name: "
              + Printable.quote(name)
              + " (expected: 1..253 characters, not blank, no control characters)");
    }
    this.name = name;
  }

  /** Where endpoints come from. */
  public BalancerBuilder source(EndpointSource source) {
    this.source = requireNonNull(source, "source");
    return this;
  }

  /**
   * How to choose among them. By default, the strategy that a {@link ServiceLoader} finds: the one
   * that {@code lb-strategies} recommends.
   */
  public BalancerBuilder strategy(Strategy strategy) {
    this.strategy = requireNonNull(strategy, "strategy");
    return this;
  }

  /**
   * How endpoints are judged. By default, all are fit. Of several policies, an endpoint is as fit
   * as the least of them says, and withdrawn if one of them says so. They are asked in this order
   * whether a request may begin; what gives out few permits should come last, since those before it
   * have to take theirs back when it refuses.
   */
  public BalancerBuilder health(HealthPolicy first, HealthPolicy... more) {
    List<HealthPolicy> policies = new ArrayList<>();
    policies.add(requireNonNull(first, "health"));
    for (HealthPolicy policy : more) {
      policies.add(requireNonNull(policy, "health"));
    }
    this.health = List.copyOf(policies);
    return this;
  }

  /**
   * Below which share of the configured weight all endpoints are offered, fit or not. By default
   * 0.5; 0 never panics and refuses requests when nothing is fit.
   *
   * @throws IllegalArgumentException unless it is from 0 to 1
   */
  public BalancerBuilder panicThreshold(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("panicThreshold: " + share + " (expected: 0.0..1.0)");
    }
    this.panicThreshold = share;
    return this;
  }

  /**
   * After which time a {@link Lease} that nobody has ended is ended as {@link Outcome#CANCELLED}
   * and reported. It may take an eighth longer. By default 10 minutes.
   *
   * @throws IllegalArgumentException unless it is from 1 millisecond to 1 day
   */
  public BalancerBuilder leaseLimit(Duration limit) {
    if (limit.compareTo(MIN_LEASE_LIMIT) < 0 || limit.compareTo(MAX_LEASE_LIMIT) > 0) {
      throw new IllegalArgumentException("leaseLimit: " + limit + " (expected: PT0.001S..PT24H)");
    }
    this.leaseLimit = limit;
    return this;
  }

  /** Adds a listener. They are called in the order in which they were added. */
  public BalancerBuilder listener(BalancerListener listener) {
    listeners.add(requireNonNull(listener, "listener"));
    return this;
  }

  /** The clock. By default the machine's monotonic one. */
  public BalancerBuilder ticker(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
    return this;
  }

  /**
   * What runs background tasks. By default one thread for all balancers of the JVM, which also runs
   * what this one refuses.
   */
  public BalancerBuilder scheduler(Scheduler scheduler) {
    this.scheduler = requireNonNull(scheduler, "scheduler");
    return this;
  }

  /** Chance. By default {@link ThreadLocalRandom}; another must be safe for concurrent use. */
  public BalancerBuilder random(RandomGenerator random) {
    this.random = requireNonNull(random, "random");
    return this;
  }

  /**
   * Builds the balancer and subscribes it to its source. Endpoints that the source has at hand can
   * be chosen when this returns.
   *
   * @throws IllegalStateException if no source was given, or no strategy was given and none is
   *     found
   */
  public Balancer build() {
    if (source == null) {
      throw new IllegalStateException("source: not set (expected: where endpoints come from)");
    }
    Engine engine = new Engine(this, source, strategy == null ? recommended() : strategy);
    engine.start();
    return engine;
  }

  private static Strategy recommended() {
    return ServiceLoader.load(Strategy.class, Strategy.class.getClassLoader())
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "strategy: not set (expected: a strategy, or io.evenkeel:lb-strategies on the"
                        + " class path)"));
  }
}
