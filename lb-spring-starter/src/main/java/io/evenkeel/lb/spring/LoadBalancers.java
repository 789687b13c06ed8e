package io.evenkeel.lb.spring;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.failover.Failover;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The balancers and failovers of an application, by the names of its services. A bean; thread-safe.
 *
 * <pre>{@code
 * int status =
 *     balancers
 *         .failover("orders")
 *         .call(CallContext.idempotent(), endpoint -> get("http://" + endpoint.authority()));
 * }</pre>
 *
 * <p>They are closed with the application context, once requests that were in flight have ended or
 * {@code evenkeel.drain-timeout} is over.
 */
public final class LoadBalancers implements AutoCloseable {
  /**
   * The name of an attribute of a request that holds a {@link io.evenkeel.lb.RequestContext}: what
   * a strategy or a failover is to know of it, beside what can be seen.
   *
   * <pre>{@code
   * String article =
   *     restClient
   *         .post()
   *         .uri("http://orders/17/price")
   *         .attribute(LoadBalancers.CONTEXT, CallContext.idempotent())
   *         .retrieve()
   *         .body(String.class);
   * }</pre>
   */
  public static final String CONTEXT = "io.evenkeel.lb.RequestContext";

  private static final Pattern HOST = Pattern.compile("[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?");

  private final Map<String, Service> services;

  private LoadBalancers(Map<String, Service> services) {
    this.services = Collections.unmodifiableMap(services);
  }

  /**
   * Makes all services.
   *
   * @param named also services of which properties say nothing
   * @throws SettingException if a setting is refused; then nothing is left of any
   */
  static LoadBalancers of(
      EvenkeelProperties properties, Set<String> named, ServiceBuilder builder) {
    refuseInDefaults("endpoints", properties.defaults().endpoints());
    refuseInDefaults("dns", properties.defaults().dns());
    refuseInDefaults("file", properties.defaults().file());
    refuseInDefaults("service-id", properties.defaults().serviceId());
    Map<String, @Nullable ServiceProperties> wanted = new TreeMap<>();
    named.forEach(name -> wanted.put(name, null));
    properties.discovery().services().forEach(name -> wanted.put(name, null));
    wanted.putAll(properties.services());
    Map<String, Service> services = new LinkedHashMap<>();
    try {
      wanted.forEach(
          (name, own) -> {
            String host = host(name);
            if (services.containsKey(host)) {
              throw SettingException.of("evenkeel.services." + name, "second", "one of each name");
            }
            services.put(
                host, builder.build(host, name, Layer.of(name, own, properties.defaults())));
          });
    } catch (RuntimeException e) {
      services.values().forEach(Service::close);
      throw e;
    }
    return new LoadBalancers(services);
  }

  private static void refuseInDefaults(String name, @Nullable Object value) {
    if (value != null) {
      throw SettingException.of(
          "evenkeel.defaults." + name, value, "not set, since no two services have the same");
    }
  }

  private static String host(String name) {
    String host = name.toLowerCase(Locale.ROOT);
    if (!HOST.matcher(host).matches()) {
      throw SettingException.of(
          "evenkeel.services." + name,
          name,
          "a name that can be the host in a URL: letters, digits, and -, _ or . within");
    }
    return host;
  }

  /** The names of all services, in lower case. */
  public Set<String> names() {
    return services.keySet();
  }

  /**
   * The balancer of a service. Who closes it closes the service for all.
   *
   * @throws IllegalArgumentException if there is no such service
   */
  public Balancer balancer(String name) {
    return service(name).balancer();
  }

  /**
   * What makes calls to a service that fail over.
   *
   * @throws IllegalArgumentException if there is no such service
   */
  public Failover failover(String name) {
    return service(name).failover();
  }

  private Service service(String name) {
    Service found = find(name);
    if (found == null) {
      throw new IllegalArgumentException("name: " + name + " (expected: one of " + names() + ")");
    }
    return found;
  }

  /** The service with this host; null if there is none. */
  @Nullable Service find(@Nullable String host) {
    if (host == null) {
      return null;
    }
    Service found = services.get(host);
    return found != null ? found : services.get(host.toLowerCase(Locale.ROOT));
  }

  /** All of them, in the order of their names. */
  Collection<Service> services() {
    return services.values();
  }

  /** Closes all balancers. Further calls do nothing. */
  @Override
  public void close() {
    services.values().forEach(Service::close);
  }

  @Override
  public String toString() {
    return "LoadBalancers" + services.keySet();
  }
}
