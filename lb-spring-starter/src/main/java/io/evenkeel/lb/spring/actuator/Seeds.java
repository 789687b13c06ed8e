package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.strategy.Affinity;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.env.Environment;

/** With which seeds the keys of requests are hashed, as properties have it. */
record Seeds(@DefaultValue Of defaults, @DefaultValue Map<String, Of> services) {
  static Seeds of(Environment environment) {
    return Binder.get(environment).bindOrCreate("evenkeel", Seeds.class);
  }

  /** What a service or the defaults say. */
  record Of(@DefaultValue Seed affinity) {}

  /** Null if it is not set. */
  record Seed(@Nullable Long seed) {}

  /** The affinity of requests with a key. */
  long affinity(String service, String key) {
    Long seed =
        services.entrySet().stream()
            .filter(each -> each.getKey().equalsIgnoreCase(service))
            .map(each -> each.getValue().affinity().seed())
            .findFirst()
            .orElse(null);
    Long used = seed != null ? seed : defaults.affinity().seed();
    return (used == null ? Affinity.ofProcess() : Affinity.seeded(used)).of(key);
  }
}
