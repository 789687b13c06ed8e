package io.evenkeel.lb.spring.cloud;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.loadbalancer.core.BlockingApiVersionServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.CachingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.DelegatingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.DiscoveryClientServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ReactiveApiVersionServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.RequestBasedStickySessionServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.RetryAwareServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.SameInstancePreferenceServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.SubsetServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.WeightedServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ZonePreferenceServiceInstanceListSupplier;

/**
 * Decides who is asked for the instances of a service: discovery itself, where Spring Cloud has
 * only put around it what properties say, since our balancer does the same better than a list can;
 * or else the supplier as it is.
 */
final class InstanceLists {
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** What properties put around discovery, without what looks after health. */
  private static final Map<String, Set<Class<?>>> KNOWN =
      Map.of(
          "default",
          Set.of(),
          "zone-preference",
          Set.of(ZonePreferenceServiceInstanceListSupplier.class),
          "weighted",
          Set.of(WeightedServiceInstanceListSupplier.class),
          "subset",
          Set.of(SubsetServiceInstanceListSupplier.class),
          "request-based-sticky-session",
          Set.of(RequestBasedStickySessionServiceInstanceListSupplier.class),
          "same-instance-preference",
          Set.of(SameInstancePreferenceServiceInstanceListSupplier.class),
          "api-version",
          Set.of(
              BlockingApiVersionServiceInstanceListSupplier.class,
              ReactiveApiVersionServiceInstanceListSupplier.class));

  private InstanceLists() {}

  /**
   * Who is asked; null for discovery. May block.
   *
   * @param supplier null if Spring Cloud has none
   */
  static @Nullable Supplier<List<ServiceInstance>> of(
      @Nullable ServiceInstanceListSupplier supplier,
      CloudSettings settings,
      boolean hasDiscovery) {
    if (hasDiscovery && (supplier == null || isDiscovery(supplier, settings.configurations()))) {
      return null;
    }
    return supplier == null
        ? List::of
        : () -> supplier.get().next().blockOptional(LONGEST).orElse(List.of());
  }

  private static boolean isDiscovery(ServiceInstanceListSupplier supplier, String configurations) {
    Set<Class<?>> around = new HashSet<>();
    ServiceInstanceListSupplier last = supplier;
    while (last instanceof DelegatingServiceInstanceListSupplier delegating) {
      around.add(delegating.getClass());
      last = delegating.getDelegate();
    }
    around.remove(CachingServiceInstanceListSupplier.class);
    around.remove(RetryAwareServiceInstanceListSupplier.class);
    Set<Class<?>> known = KNOWN.get(configurations);
    return last.getClass() == DiscoveryClientServiceInstanceListSupplier.class
        && known != null
        && known.containsAll(around);
  }
}
