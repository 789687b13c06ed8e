package io.evenkeel.lb.failover.gate;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.HealthMonitor;
import io.evenkeel.lb.HealthPolicy;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import org.jspecify.annotations.Nullable;

/**
 * A bulkhead of Resilience4j on each endpoint: at most so many requests of this balancer are in
 * flight there. An endpoint that is full is passed over; only when all are full a request fails.
 *
 * <p>Bulkheads are in the {@linkplain Builder#registry registry} as {@code <balancer>/<endpoint
 * id>} for as long as the balancer knows the endpoint. Their metrics, events and {@code
 * changeConfig} work as ever; each listener costs an event for every request, and one that throws
 * lets the request pass. A thread that is interrupted gets no permit, as Resilience4j has it.
 *
 * <p>When an endpoint moves to another address its bulkhead is new, and what is in flight at the
 * old one does not count.
 *
 * <p>Immutable and thread-safe; one policy may serve many balancers.
 */
public final class Bulkheads implements HealthPolicy {
  private final BulkheadConfig config;
  private final BulkheadRegistry registry;

  private Bulkheads(BulkheadConfig config, @Nullable BulkheadRegistry registry) {
    this.config = config;
    this.registry = registry == null ? BulkheadRegistry.of(config) : registry;
  }

  /** Bulkheads with Resilience4j's defaults: 25 requests. */
  public static Bulkheads ofDefaults() {
    return builder().build();
  }

  /**
   * Bulkheads with this configuration, and a registry of their own.
   *
   * @throws IllegalArgumentException if they would have requests wait
   */
  public static Bulkheads of(BulkheadConfig config) {
    return builder().config(config).build();
  }

  /** Begins a policy. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public HealthMonitor newMonitor(HealthContext context) {
    return node -> {
      // A copy, by which it is known that nobody else has taken the name.
      BulkheadConfig own = BulkheadConfig.from(config).build();
      String name = context.balancer() + "/" + node.endpoint().id();
      Bulkhead bulkhead = registry.bulkhead(name, own);
      if (bulkhead.getBulkheadConfig() != own) {
        throw new IllegalStateException(
            "bulkhead: " + name + " (expected: a name that is not taken in the registry)");
      }
      return new BulkheadGate(new Tenure(node, context.ticker()), bulkhead, registry);
    };
  }

  /** Where the bulkheads are, by name. */
  public BulkheadRegistry registry() {
    return registry;
  }

  @Override
  public String toString() {
    return "Bulkheads[" + config.getMaxConcurrentCalls() + "]";
  }

  /** Builds {@link Bulkheads}. Not thread-safe. */
  public static final class Builder {
    private BulkheadConfig config = BulkheadConfig.ofDefaults();
    private @Nullable BulkheadRegistry registry;

    private Builder() {}

    /**
     * How each bulkhead is configured. By default as Resilience4j does.
     *
     * @throws IllegalArgumentException unless {@code maxWaitDuration} is 0: nobody waits for an
     *     endpoint while others have room
     */
    public Builder config(BulkheadConfig config) {
      requireNonNull(config, "config");
      if (!config.getMaxWaitDuration().isZero()) {
        throw new IllegalArgumentException(
            "maxWaitDuration: "
                + config.getMaxWaitDuration()
                + " (expected: PT0S, since a full endpoint is passed over)");
      }
      this.config = config;
      return this;
    }

    /**
     * Where the bulkheads are to be found. By default a registry of their own. The default
     * configuration of a registry is not used: give it to {@link #config}.
     */
    public Builder registry(BulkheadRegistry registry) {
      this.registry = requireNonNull(registry, "registry");
      return this;
    }

    /** Builds the policy. */
    public Bulkheads build() {
      return new Bulkheads(config, registry);
    }
  }
}
