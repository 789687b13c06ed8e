package io.evenkeel.lb.spring;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Says of a refused property what it is, where it was set, and what is expected. */
final class SettingFailureAnalyzer extends AbstractFailureAnalyzer<SettingException> {
  private final Environment environment;

  SettingFailureAnalyzer(Environment environment) {
    this.environment = environment;
  }

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, SettingException cause) {
    StringBuilder description = new StringBuilder(200);
    description.append("A balancer cannot be set up as its properties say:\n\n");
    line(description, "Property", cause.property());
    line(description, "Value", cause.value());
    String origin = origin(cause.property());
    if (origin != null) {
      line(description, "Origin", origin);
    }
    line(description, "Expected", cause.expected());
    String action =
        Objects.requireNonNullElse(cause.action(), "Set " + cause.property() + " as expected.");
    return new FailureAnalysis(description.toString(), action, cause);
  }

  private static void line(StringBuilder description, String name, String value) {
    description.append("    ").append(name).append(": ").append(value).append('\n');
  }

  private @Nullable String origin(String property) {
    if (!ConfigurationPropertyName.isValid(property)) {
      return null;
    }
    ConfigurationPropertyName name = ConfigurationPropertyName.of(property);
    String origin = origin(name);
    // A list may have been set as one value.
    return origin == null && name.isLastElementIndexed() ? origin(name.getParent()) : origin;
  }

  private @Nullable String origin(ConfigurationPropertyName name) {
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      ConfigurationProperty found = source.getConfigurationProperty(name);
      if (found != null) {
        return found.getOrigin() == null ? null : found.getOrigin().toString();
      }
    }
    return null;
  }
}
