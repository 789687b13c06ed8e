package io.evenkeel.lb.spring.cloud;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.EndpointSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * The services that the application has named for Evenkeel, which are made when it starts: what
 * Spring Cloud says of them comes behind all other properties, so that any {@code evenkeel}
 * property comes before it.
 */
final class NamedServices {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.spring.cloud");
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]+");

  private NamedServices() {}

  static void takeOver(ConfigurableEnvironment environment, ListableBeanFactory beans) {
    if (!CloudSettings.areThere(environment)) {
      return;
    }
    Set<String> names = names(environment, beans);
    Map<String, Object> settings = new LinkedHashMap<>();
    for (String name : names) {
      new CloudSettings(name, environment)
          .asEvenkeel()
          .forEach(
              (key, value) ->
                  settings.put("evenkeel.services." + element(name) + '.' + key, value));
    }
    if (!settings.isEmpty()) {
      environment
          .getPropertySources()
          .addLast(new MapPropertySource("evenkeel of spring.cloud.loadbalancer", settings));
    }
    List<String> ignored = IgnoredSettings.of(environment, names);
    if (!ignored.isEmpty()) {
      LOG.log(
          WARNING,
          () -> "not honoured, since Evenkeel chooses instances: " + String.join(", ", ignored));
    }
  }

  private static Set<String> names(ConfigurableEnvironment environment, ListableBeanFactory beans) {
    Set<String> names = new TreeSet<>(keys(environment, "evenkeel.services"));
    Binder.get(environment)
        .bind("evenkeel.discovery.services", Bindable.setOf(String.class))
        .ifBound(names::addAll);
    names.addAll(List.of(beans.getBeanNamesForType(EndpointSource.class, true, false)));
    return names;
  }

  /** The keys of a map of groups. */
  static Set<String> keys(ConfigurableEnvironment environment, String name) {
    ResolvableType group =
        ResolvableType.forClassWithGenerics(Map.class, String.class, Object.class);
    Bindable<Map<String, Map<String, Object>>> groups =
        Bindable.of(
            ResolvableType.forClassWithGenerics(
                Map.class, ResolvableType.forClass(String.class), group));
    return Binder.get(environment).bind(name, groups).orElseGet(Map::of).keySet();
  }

  /** A service as part of a property's name. */
  static String element(String service) {
    return PLAIN.matcher(service).matches() ? service : '[' + service + ']';
  }
}
