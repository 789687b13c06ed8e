package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNullElse;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.health.HealthRegistry;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.core.io.ResourceLoader;

/**
 * Opens services for adapters of clients that may call any service: those that the application has
 * named, and others, which are set up as {@code evenkeel.defaults} say. Thread-safe.
 */
public final class ServiceAccessFactory {
  private final LoadBalancers named;
  private final EvenkeelProperties properties;
  private final Sources.@Nullable Discovered discovered;
  private final Strategies strategies;
  private final Judges judges;
  private final Registries registries;
  private final List<BalancerCustomizer> balancers;
  private final List<FailoverCustomizer> failovers;

  ServiceAccessFactory(
      LoadBalancers named,
      EvenkeelProperties properties,
      HealthRegistry health,
      @Nullable Map<String, Strategy> strategies,
      ObjectProvider<Sources.Discovered> discovered,
      ObjectProvider<BalancerCustomizer> balancers,
      ObjectProvider<FailoverCustomizer> failovers,
      Registries registries,
      ResourceLoader resources) {
    this.named = named;
    this.properties = properties;
    this.discovered = discovered.getIfAvailable();
    this.strategies = new Strategies(requireNonNullElse(strategies, Map.of()));
    this.judges =
        new Judges(
            health,
            requireNonNullElse(
                resources.getClassLoader(), ServiceAccessFactory.class.getClassLoader()));
    this.registries = registries;
    this.balancers = balancers.orderedStream().toList();
    this.failovers = failovers.orderedStream().toList();
  }

  /** Whether the application has named this service. */
  public boolean isNamed(String name) {
    return named.find(name) != null;
  }

  /** Whether there is a discovery that can be asked for the endpoints of others. */
  public boolean hasDiscovery() {
    return discovered != null;
  }

  /**
   * Opens a service that the application has named.
   *
   * @throws IllegalArgumentException if it has not
   */
  public ServiceAccess open(String name) {
    return new ServiceAccess(named.present(name), () -> {}, properties.startTimeout());
  }

  /**
   * Makes a service that the application has not named. Who opens it closes it. When {@code
   * evenkeel.defaults} change, it goes by the others, as those do that are named.
   *
   * @param settings what comes before {@code evenkeel.defaults}, as below {@code evenkeel.services}
   *     and its name
   * @param instances who is asked for its endpoints, every {@code evenkeel.discovery.interval}; may
   *     block. Null for discovery
   * @throws RuntimeException if a setting is refused; it says which
   */
  public ServiceAccess open(
      String name,
      Map<String, String> settings,
      @Nullable Supplier<List<ServiceInstance>> instances) {
    Sources.Discovered source =
        instances == null ? discovered : (id, addresses) -> polled(instances, id, addresses);
    ServiceBuilder builder =
        new ServiceBuilder(
            new Sources(Map.of(), source), strategies, judges, registries, balancers, failovers);
    ServiceProperties own =
        new Binder(new MapConfigurationPropertySource(Map.copyOf(settings)))
            .bind("", ServiceProperties.class)
            .orElse(null);
    PresentService service = named.open(name, own, builder);
    return new ServiceAccess(service, () -> named.close(service), properties.startTimeout());
  }

  private EndpointSource polled(
      Supplier<List<ServiceInstance>> instances,
      String serviceId,
      @Nullable AddressPolicy addresses) {
    EndpointSet listed = discovered == null ? EndpointSet.of() : discovered.listed(serviceId);
    return Instances.source(instances, listed, addresses, properties.discovery().interval());
  }
}
