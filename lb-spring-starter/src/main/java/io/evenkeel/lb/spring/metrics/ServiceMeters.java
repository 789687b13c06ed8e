package io.evenkeel.lb.spring.metrics;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.NoEndpointException.Reason;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.micrometer.BalancerMetrics;
import io.evenkeel.lb.micrometer.FailoverMetrics;
import io.evenkeel.lb.micrometer.HealthMetrics;
import io.evenkeel.lb.spring.BalancerCustomizer;
import io.evenkeel.lb.spring.FailoverCustomizer;
import io.evenkeel.lb.spring.LoadBalancers;
import io.evenkeel.lb.spring.LoadBalancersRefreshedEvent;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.ApplicationListener;

/**
 * Gives all services their meters, once all singletons are there: a registry of meters may itself
 * need a balanced client, so nothing here may need the registry before.
 */
final class ServiceMeters
    implements BalancerCustomizer,
        FailoverCustomizer,
        SmartInitializingSingleton,
        ApplicationListener<LoadBalancersRefreshedEvent>,
        DisposableBean {
  static final String MAX_ENDPOINTS = "evenkeel.metrics.max-endpoints";

  private final Beans beans;
  private final @Nullable Integer maxEndpoints;
  private final Map<String, LateMeters> services = new ConcurrentHashMap<>();

  // Set once, before the application takes requests.
  private @Nullable HealthMetrics health;
  private volatile LateMeters.@Nullable Registry registry;

  /** What is asked for when it is needed. */
  record Beans(
      ObjectProvider<LoadBalancers> balancers,
      ObjectProvider<MeterRegistry> meters,
      ObjectProvider<HealthRegistry> health) {}

  /**
   * @param maxEndpoints of each balancer with meters of their own; null for the library's default
   */
  ServiceMeters(Beans beans, @Nullable Integer maxEndpoints) {
    this.beans = beans;
    this.maxEndpoints = maxEndpoints;
  }

  private LateMeters of(String service) {
    return services.computeIfAbsent(service, name -> new LateMeters(name, () -> registry));
  }

  @Override
  public void customize(String service, BalancerBuilder balancer) {
    balancer.listener(of(service));
  }

  @Override
  public void customize(String service, FailoverBuilder failover) {
    failover.listener(of(service));
  }

  @Override
  public void afterSingletonsInstantiated() {
    MeterRegistry meters = registry();
    LoadBalancers balancers = beans.balancers().getIfAvailable();
    if (meters == null || balancers == null) {
      return;
    }
    registry = new OfServices(balancers, requests(meters), meters);
    balancers.names().forEach(name -> of(name).show());
    HealthRegistry states = beans.health().getIfUnique();
    if (states != null) {
      health = HealthMetrics.of(meters, states);
    }
  }

  /** There may be new ones, and others may have breakers or limits by now. */
  @Override
  public void onApplicationEvent(LoadBalancersRefreshedEvent event) {
    if (event.getSource() instanceof LoadBalancers balancers) {
      balancers.names().forEach(name -> of(name).show());
    }
  }

  private record OfServices(
      LoadBalancers balancers, BalancerMetrics requests, MeterRegistry registry)
      implements LateMeters.Registry {
    @Override
    public @Nullable Balancer present(String service) {
      if (!balancers.names().contains(service)) {
        return null;
      }
      Balancer present = balancers.balancer(service);
      NoEndpointException refusal = present.explain(RequestContext.none()).refusal();
      return refusal != null && refusal.reason() == Reason.CLOSED ? null : present;
    }

    @Override
    public FailoverMetrics show(String service) {
      FailoverMetrics calls = FailoverMetrics.of(registry, service);
      requests.show(balancers.balancer(service));
      showGates(service, calls);
      return calls;
    }

    @Override
    public void showGates(String service, FailoverMetrics calls) {
      calls.show(balancers.failover(service));
    }
  }

  /** The one that is meant; all of them together where none is. */
  private @Nullable MeterRegistry registry() {
    MeterRegistry one = beans.meters().getIfUnique();
    if (one != null) {
      return one;
    }
    List<MeterRegistry> several = beans.meters().stream().toList();
    if (several.isEmpty()) {
      return null;
    }
    CompositeMeterRegistry all = new CompositeMeterRegistry();
    several.forEach(all::add);
    return all;
  }

  private BalancerMetrics requests(MeterRegistry registry) {
    try {
      return maxEndpoints == null
          ? BalancerMetrics.of(registry)
          : BalancerMetrics.of(registry, maxEndpoints);
    } catch (IllegalArgumentException e) {
      throw new InvalidConfigurationPropertyValueException(
          MAX_ENDPOINTS, maxEndpoints, "Expected: 0..10000.", e);
    }
  }

  /** The other meters go with their balancers. */
  @Override
  public void destroy() {
    if (health != null) {
      health.close();
    }
  }

  @Override
  public String toString() {
    return "ServiceMeters" + services.keySet();
  }
}
