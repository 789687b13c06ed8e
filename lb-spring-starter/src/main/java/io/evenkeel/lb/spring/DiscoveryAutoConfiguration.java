package io.evenkeel.lb.spring;

import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.source.PollingSource;
import java.time.Duration;
import java.util.List;
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
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Asks Spring's {@link DiscoveryClient}, or the {@link ReactiveDiscoveryClient} where that knows
 * nothing, for the endpoints of services of which neither properties nor beans say any. Their
 * metadata under {@code zone}, {@code weight} and {@code priority} are facts of endpoints. What was
 * found last is kept while discovery fails or finds nothing.
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
    Duration interval = properties.discovery().interval();
    return serviceId -> source(() -> ask(first, second, serviceId), interval);
  }

  private static EndpointSource source(
      java.util.concurrent.Callable<EndpointSet> question, Duration interval) {
    try {
      return PollingSource.builder(question).interval(interval).build();
    } catch (IllegalArgumentException e) {
      throw SettingException.of("evenkeel.discovery.interval", interval, e);
    }
  }

  private static EndpointSet ask(
      @Nullable DiscoveryClient first, @Nullable Directory second, String serviceId) {
    List<? extends ServiceInstance> found =
        first == null ? List.of() : first.getInstances(serviceId);
    if (second != null && (found == null || found.isEmpty())) {
      found = second.instances(serviceId);
    }
    return Instances.endpoints(found == null ? List.of() : found);
  }

  /** Apart, since an application may have no reactor. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "reactor.core.publisher.Flux")
  static class Reactive {
    private static final Duration LONGEST = Duration.ofSeconds(30);

    @Bean
    @Nullable Directory evenkeelReactiveDirectory(ObjectProvider<ReactiveDiscoveryClient> clients) {
      ReactiveDiscoveryClient client = clients.getIfAvailable();
      return client == null
          ? null
          : serviceId ->
              client.getInstances(serviceId).collectList().blockOptional(LONGEST).orElse(List.of());
    }
  }
}
