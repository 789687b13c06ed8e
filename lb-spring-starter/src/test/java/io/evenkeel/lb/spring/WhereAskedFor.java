package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Keeps out of applications what would change all of them and is on the class path for a few: it is
 * auto-configured only where a property asks for it.
 */
public final class WhereAskedFor implements AutoConfigurationImportFilter, EnvironmentAware {
  /** Refuses whoever has no name and password. */
  public static final String SECURITY = "tests.security";

  /** Has a reactive web server pass on what it is asked. */
  public static final String GATEWAY = "tests.gateway";

  private static final Map<String, String> PACKAGES =
      Map.of(
          "org.springframework.boot.security.", SECURITY,
          "org.springframework.cloud.gateway.", GATEWAY);

  private @Nullable Environment environment;

  @Override
  public void setEnvironment(Environment environment) {
    this.environment = environment;
  }

  @Override
  public boolean[] match(@Nullable String[] names, AutoConfigurationMetadata metadata) {
    boolean[] matches = new boolean[names.length];
    for (int i = 0; i < names.length; i++) {
      matches[i] = names[i] == null || isAskedFor(names[i]);
    }
    return matches;
  }

  private boolean isAskedFor(String name) {
    return PACKAGES.entrySet().stream()
        .filter(each -> name.startsWith(each.getKey()))
        .allMatch(each -> requireNonNull(environment).containsProperty(each.getValue()));
  }
}
