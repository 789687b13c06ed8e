package io.evenkeel.lb.spring;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.failover.FailoverBuilder;
import java.util.ArrayList;
import java.util.List;

/** Makes services of what properties say and beans add. */
final class ServiceBuilder {
  private final Sources sources;
  private final Strategies strategies;
  private final Judges judges;
  private final Registries registries;
  private final List<BalancerCustomizer> balancers;
  private final List<FailoverCustomizer> failovers;

  ServiceBuilder(
      Sources sources,
      Strategies strategies,
      Judges judges,
      Registries registries,
      List<BalancerCustomizer> balancers,
      List<FailoverCustomizer> failovers) {
    this.sources = sources;
    this.strategies = strategies;
    this.judges = judges;
    this.registries = registries;
    this.balancers = balancers;
    this.failovers = failovers;
  }

  /**
   * A service.
   *
   * @param name which is the host in URLs
   * @param written the same as beans and properties have it
   * @throws SettingException if a setting is refused; then nothing is left of it
   */
  Service build(String name, String written, Layer<ServiceProperties> settings) {
    BalancerBuilder builder = Balancer.builder(name);
    builder.source(sources.of(written, settings));
    builder.strategy(strategies.of(settings));
    settings.set("panic-threshold", ServiceProperties::panicThreshold, builder::panicThreshold);
    settings.set("lease-limit", ServiceProperties::leaseLimit, builder::leaseLimit);
    Layer<FailoverProperties> failover = settings.in("failover", ServiceProperties::failover);
    failover.set(
        "deadline-header", FailoverProperties::deadlineHeader, HttpOutcomes::expectNameOfHeader);
    List<AutoCloseable> owned = new ArrayList<>();
    Balancer balancer = null;
    try {
      judge(builder, settings, failover, owned);
      balancers.forEach(each -> each.customize(name, builder));
      balancer = builder.build();
      FailoverBuilder calls = Calls.of(balancer, failover, registries);
      failovers.forEach(each -> each.customize(name, calls));
      return new Service(
          name,
          balancer,
          calls.build(),
          AffinityOfRequests.of(settings.in("affinity", ServiceProperties::affinity)),
          failover.value(FailoverProperties::deadlineHeader),
          List.copyOf(owned));
    } catch (RuntimeException e) {
      if (balancer != null) {
        balancer.close();
      }
      Service.close(owned);
      throw e;
    }
  }

  private void judge(
      BalancerBuilder builder,
      Layer<ServiceProperties> settings,
      Layer<FailoverProperties> failover,
      List<AutoCloseable> owned) {
    List<HealthPolicy> policies = new ArrayList<>();
    Layer<HealthProperties> health = settings.in("health", ServiceProperties::health);
    if (health.value(HealthProperties::enabled, true)) {
      policies.add(judges.of(health, owned::add));
    }
    policies.addAll(Gates.of(failover, registries));
    if (!policies.isEmpty()) {
      builder.health(
          policies.get(0), policies.subList(1, policies.size()).toArray(HealthPolicy[]::new));
    }
  }
}
