package io.evenkeel.lb.spring.cloud;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.ConfigurableEnvironment;

/** The properties of Spring Cloud LoadBalancer that have no meaning for Evenkeel. */
final class IgnoredSettings {
  /** Apart from {@code configurations}, of which some have one. */
  private static final List<String> NAMES =
      List.of(
          "api-version",
          "cache",
          "call-get-with-request-on-delegates",
          "hint",
          "hint-header-name",
          "service-discovery");

  private static final Set<String> CONFIGURATIONS =
      Set.of("api-version", "same-instance-preference");

  private IgnoredSettings() {}

  /**
   * Those that are set.
   *
   * @param named the services whose endpoints are not those of Spring Cloud
   */
  static List<String> of(ConfigurableEnvironment environment, Set<String> named) {
    Binder binder = Binder.get(environment);
    Set<String> clients =
        new TreeSet<>(NamedServices.keys(environment, CloudSettings.PREFIX + "clients"));
    List<String> groups = new ArrayList<>(List.of(CloudSettings.PREFIX));
    clients.forEach(
        client ->
            groups.add(CloudSettings.PREFIX + "clients." + NamedServices.element(client) + '.'));
    List<String> ignored = new ArrayList<>();
    for (String group : groups) {
      for (String name : NAMES) {
        if (binder.bind(group + name, Bindable.of(Object.class)).isBound()
            || binder.bind(group + name, Bindable.mapOf(String.class, Object.class)).isBound()) {
          ignored.add(group + name);
        }
      }
      binder
          .bind(group + "configurations", String.class)
          .ifBound(
              value -> {
                if (CONFIGURATIONS.contains(value)) {
                  ignored.add(group + "configurations=" + value);
                }
              });
    }
    for (String service : named) {
      if (new CloudSettings(service, environment).configurations().equals("health-check")) {
        ignored.add(CloudSettings.PREFIX + "configurations=health-check for " + service);
      }
    }
    return ignored;
  }
}
