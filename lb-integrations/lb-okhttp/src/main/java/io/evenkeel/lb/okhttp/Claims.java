package io.evenkeel.lb.okhttp;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.failover.Failover;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Which hosts are claimed, and by whom. Services are made at the end, because settings for all of
 * them may come later than the claims.
 */
final class Claims {
  private final Map<String, Function<FailoverSettings, Service>> claims = new LinkedHashMap<>();
  private @Nullable Function<String, @Nullable Failover> others;

  void balancer(Balancer balancer) {
    String host = unclaimed(balancer);
    claims.put(host, settings -> new DirectService(host, balancer));
  }

  void failover(Failover failover) {
    String host = unclaimed(failover.balancer());
    claims.put(host, settings -> new FailoverService(host, failover, settings));
  }

  void failovers(Function<String, @Nullable Failover> present) {
    others = requireNonNull(present, "present");
  }

  private String unclaimed(Balancer balancer) {
    String host = host(balancer.name());
    if (claims.containsKey(host)) {
      throw new IllegalArgumentException(
          "balancer: a second one named \"" + host + "\" (expected: one for each host)");
    }
    return host;
  }

  private static String host(String name) {
    String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    try {
      return new HttpUrl.Builder().scheme("http").host(bare).build().host();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "balancer: named \"" + name + "\" (expected: a name that can be a host)", e);
    }
  }

  /** At least one. */
  Hosts hosts(FailoverSettings settings) {
    if (claims.isEmpty() && others == null) {
      throw new IllegalArgumentException("balancer: none (expected: at least one)");
    }
    Map<String, Service> services = new LinkedHashMap<>();
    claims.forEach((host, service) -> services.put(host, service.apply(settings)));
    return new Hosts(Collections.unmodifiableMap(services), others, settings);
  }
}
