package io.evenkeel.lb.spring.cloud;

import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.cloud.client.loadbalancer.LoadBalancerProperties;
import org.springframework.cloud.commons.util.IdUtils;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/** What {@code spring.cloud.loadbalancer} says of a service. Immutable. */
final class CloudSettings {
  static final String PREFIX = "spring.cloud.loadbalancer.";

  private final String service;
  private final Environment environment;
  private final String configurations;
  private final boolean avoidsPrevious;
  private final @Nullable String stickyCookie;

  CloudSettings(String service, Environment environment) {
    this.service = service;
    this.environment = environment;
    this.configurations = value("configurations", "default").toLowerCase(Locale.ROOT);
    this.avoidsPrevious = !"false".equalsIgnoreCase(value("retry.avoid-previous-instance", ""));
    this.stickyCookie =
        configurations.equals("request-based-sticky-session")
            ? value(
                "sticky-session.instance-id-cookie-name",
                LoadBalancerProperties.StickySession.DEFAULT_INSTANCE_ID_COOKIE_NAME)
            : null;
  }

  /** Mostly there are none, and to ask for each that there might be takes its time. */
  static boolean areThere(Environment environment) {
    ConfigurationPropertyName all = ConfigurationPropertyName.of("spring.cloud.loadbalancer");
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      if (source.containsDescendantOf(all) != ConfigurationPropertyState.ABSENT) {
        return true;
      }
    }
    return false;
  }

  private String value(String name, String otherwise) {
    String own = environment.getProperty(PREFIX + "clients." + service + '.' + name);
    return own != null
        ? own
        : Objects.requireNonNullElse(environment.getProperty(PREFIX + name), otherwise);
  }

  /** By what instances are chosen; "default" if that is not said. */
  String configurations() {
    return configurations;
  }

  /** Whether another attempt goes to another instance. */
  boolean avoidsPrevious() {
    return avoidsPrevious;
  }

  /** Which cookie names the instance that a request is for; null if none does. */
  @Nullable String stickyCookie() {
    return stickyCookie;
  }

  /**
   * The same in our terms, by the names below {@code evenkeel.services} and that of the service,
   * without what {@code evenkeel} itself says something of.
   */
  Map<String, String> asEvenkeel() {
    return switch (configurations) {
      case "zone-preference" -> {
        String zone = environment.getProperty(PREFIX + "zone");
        // However few there are: Spring Cloud has no such limit.
        yield StringUtils.hasText(zone) && !isSet("zone")
            ? Map.of("around.zone.name", zone, "around.zone.min-nodes", "1")
            : Map.of();
      }
      case "subset" -> {
        String client = value("subset.instance-id", "");
        String known = client.isBlank() ? IdUtils.getDefaultInstanceId(environment) : client;
        yield StringUtils.hasText(known) && !isSet("subset")
            ? Map.of(
                "around.subset.client", known, "around.subset.size", value("subset.size", "100"))
            : Map.of();
      }
      default -> Map.of();
    };
  }

  private boolean isSet(String group) {
    return isBound("evenkeel.defaults.around." + group)
        || isBound("evenkeel.services." + NamedServices.element(service) + ".around." + group);
  }

  private boolean isBound(String name) {
    return Binder.get(environment).bind(name, Bindable.mapOf(String.class, Object.class)).isBound();
  }
}
