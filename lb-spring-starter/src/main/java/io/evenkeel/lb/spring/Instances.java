package io.evenkeel.lb.spring;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
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
