package io.evenkeel.lb.spring;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.MapPropertySource;

/** Properties that change while an application runs. */
public final class Changing {
  private final Map<String, Object> values = new ConcurrentHashMap<>();

  private Changing() {}

  /** These to begin with, as {@code name=value}. */
  public static Changing of(String... pairs) {
    return new Changing().set(pairs);
  }

  /** From now on these; a name without a value is not set any more. */
  public Changing set(String... pairs) {
    for (String pair : pairs) {
      int equals = pair.indexOf('=');
      if (equals < 0) {
        values.remove(pair);
      } else {
        values.put(pair.substring(0, equals), pair.substring(equals + 1));
      }
    }
    return this;
  }

  /** The same application, with these properties. */
  public ApplicationContextRunner in(ApplicationContextRunner runner) {
    return runner.withInitializer(
        context ->
            context
                .getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource("changing", values)));
  }
}
