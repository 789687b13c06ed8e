package io.evenkeel.lb.spring;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;
import org.springframework.cloud.client.discovery.simple.SimpleDiscoveryClient;
import org.springframework.cloud.client.discovery.simple.reactive.SimpleReactiveDiscoveryClient;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Asks Spring's {@link DiscoveryClient}, or the {@link ReactiveDiscoveryClient} where that knows
 * nothing, for the endpoints of services of which neither properties nor beans say any. Their
 * metadata under {@code zone}, {@code weight} and {@code priority} are facts of endpoints. What was
 * found last is kept while discovery fails or finds nothing.
 *
 * <p>A registry's endpoints at loopback, link-local and metadata addresses are left out, unless
 * {@code evenkeel.defaults.addresses} says otherwise; those that the application's own properties
 * list, for {@link SimpleDiscoveryClient} and its reactive twin, may have any address.
 *
 * <p>{@code evenkeel.discovery.enabled=false} switches it off.
 */
@AutoConfiguration(before = EvenkeelAutoConfiguration.class)
@ConditionalOnClass(DiscoveryClient.class)
@ConditionalOnBooleanProperty(
    name = {"evenkeel.enabled", "evenkeel.discovery.enabled"},
    matchIfMissing = true)
@EnableConfigurationProperties(EvenkeelProperties.class)
public final class DiscoveryAutoConfiguration {
  DiscoveryAutoConfiguration() {}

  /** Whoever can be asked for the instances of a service. May block. */
  @FunctionalInterface
  interface Directory {
    List<? extends ServiceInstance> instances(String serviceId);

    /** Those that the application's own properties list. Does not block. */
    default List<? extends ServiceInstance> listed(String serviceId) {
      return List.of();
    }
  }

  @Bean
  @ConditionalOnMissingBean
  Sources.@Nullable Discovered evenkeelDiscovered(
      EvenkeelProperties properties,
      ObjectProvider<DiscoveryClient> blocking,
      ObjectProvider<Directory> reactive) {
    DiscoveryClient first = blocking.getIfAvailable();
    Directory second = reactive.getIfAvailable();
    if (first == null && second == null) {
      return null;
    }
    // Beside the client that asks all of them, each is a bean of its own.
    List<SimpleDiscoveryClient> listing =
        blocking.stream()
            .filter(SimpleDiscoveryClient.class::isInstance)
            .map(SimpleDiscoveryClient.class::cast)
            .toList();
    return new Discovery(first, second, listing, properties.discovery().interval());
  }

  /**
   * Both kinds of clients.
   *
   * @param first is asked before the second
   * @param listing know what the application's own properties list
   */
  private record Discovery(
      @Nullable DiscoveryClient first,
      @Nullable Directory second,
      List<SimpleDiscoveryClient> listing,
      Duration interval)
      implements Sources.Discovered {
    @Override
    public EndpointSource of(String serviceId, @Nullable AddressPolicy addresses) {
      try {
        return Instances.source(() -> ask(serviceId), listed(serviceId), addresses, interval);
      } catch (IllegalArgumentException e) {
        throw SettingException.of("evenkeel.discovery.interval", interval, e);
      }
    }

    private List<? extends ServiceInstance> ask(String serviceId) {
      List<? extends ServiceInstance> found =
          first == null ? List.of() : first.getInstances(serviceId);
      if (second != null && (found == null || found.isEmpty())) {
        found = second.instances(serviceId);
      }
      return found == null ? List.of() : found;
    }

    @Override
    public EndpointSet listed(String serviceId) {
      List<ServiceInstance> listed = new ArrayList<>();
      listing.forEach(each -> listed.addAll(each.getInstances(serviceId)));
      if (second != null) {
        listed.addAll(second.listed(serviceId));
      }
      return Instances.endpoints(listed);
    }
  }

  /** Apart, since an application may have no reactor. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "reactor.core.publisher.Flux")
  static class Reactive {
    private static final Duration LONGEST = Duration.ofSeconds(30);

    @Bean
    @Nullable Directory evenkeelReactiveDirectory(ObjectProvider<ReactiveDiscoveryClient> clients) {
      ReactiveDiscoveryClient client = clients.getIfAvailable();
      List<SimpleReactiveDiscoveryClient> listing =
          clients.stream()
              .filter(SimpleReactiveDiscoveryClient.class::isInstance)
              .map(SimpleReactiveDiscoveryClient.class::cast)
              .toList();
      return client == null ? null : new ReactiveDirectory(client, listing);
    }

    private record ReactiveDirectory(
        ReactiveDiscoveryClient client, List<SimpleReactiveDiscoveryClient> listing)
        implements Directory {
      @Override
      public List<ServiceInstance> instances(String serviceId) {
        return client
            .getInstances(serviceId)
            .collectList()
            .blockOptional(LONGEST)
            .orElse(List.of());
      }

      /** They have their lists at hand; and a service may be made where no thread may block. */
      @Override
      public List<ServiceInstance> listed(String serviceId) {
        List<ServiceInstance> listed = new CopyOnWriteArrayList<>();
        listing.forEach(each -> each.getInstances(serviceId).subscribe(listed::add).dispose());
        return listed;
      }
    }
  }
}
