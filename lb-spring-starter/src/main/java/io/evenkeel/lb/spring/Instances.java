package io.evenkeel.lb.spring;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.source.PollingSource;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;

/**
 * Turns what Spring's discovery knows into endpoints. Metadata under {@code weight}, {@code zone}
 * and {@code priority} become facts, all other stays metadata. What cannot be used is left out, and
 * logged once: one bad instance must not keep the others from being found.
 */
final class Instances {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.spring");
  private static final AtomicBoolean LOGGED = new AtomicBoolean();

  private Instances() {}

  /**
   * Asks for instances again and again.
   *
   * @param listed those that the application's own properties list as well, so that they may have
   *     any address
   * @param addresses that all may have; null where nothing is said of them
   * @throws IllegalArgumentException if the interval is refused
   */
  static EndpointSource source(
      Supplier<? extends Collection<? extends ServiceInstance>> found,
      EndpointSet listed,
      @Nullable AddressPolicy addresses,
      Duration interval) {
    EndpointSource source =
        PollingSource.builder(() -> endpoints(found.get())).interval(interval).build();
    if (addresses != null) {
      return source.withAddresses(addresses);
    }
    if (listed.isEmpty()) {
      return source;
    }
    Set<String> own =
        listed.endpoints().stream().map(Endpoint::authority).collect(Collectors.toSet());
    return source.withAddresses(
        each -> own.contains(each.authority()) ? AddressPolicy.ANY : AddressPolicy.ROUTABLE);
  }

  /** Of two with the same address, the first. */
  static EndpointSet endpoints(Collection<? extends ServiceInstance> instances) {
    Map<String, Endpoint> endpoints = new LinkedHashMap<>();
    for (ServiceInstance instance : instances) {
      try {
        Endpoint endpoint = endpoint(instance);
        endpoints.putIfAbsent(endpoint.id(), endpoint);
      } catch (RuntimeException e) {
        ignored(instance, "instance", e);
      }
    }
    return EndpointSet.of(endpoints.values());
  }

  private static Endpoint endpoint(ServiceInstance instance) {
    Endpoint.Builder endpoint =
        Endpoint.builder(instance.getHost(), instance.getPort()).secure(instance.isSecure());
    Map<String, String> metadata = instance.getMetadata();
    if (metadata != null) {
      metadata.forEach(
          (key, value) -> {
            try {
              set(endpoint, key, value);
            } catch (RuntimeException e) {
              ignored(instance, key, e);
            }
          });
    }
    return endpoint.build();
  }

  private static void set(Endpoint.Builder endpoint, String key, String value) {
    switch (key) {
      case "weight" -> endpoint.weight(Double.parseDouble(value));
      case "zone" -> endpoint.zone(value);
      case "priority" -> endpoint.priority(Integer.parseInt(value));
      default -> endpoint.metadata(key, value);
    }
  }

  private static void ignored(ServiceInstance instance, String what, RuntimeException e) {
    if (LOGGED.compareAndSet(false, true)) {
      LOG.log(
          WARNING,
          () ->
              what
                  + " of "
                  + instance.getServiceId()
                  + " was ignored, and others will be: "
                  + e.getMessage());
    }
  }
}
