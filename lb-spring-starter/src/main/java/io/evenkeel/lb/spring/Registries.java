package io.evenkeel.lb.spring;

import io.evenkeel.lb.spring.FailoverProperties.Resilience4j;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.Registry;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.github.resilience4j.retry.RetryRegistry;
import io.github.resilience4j.timelimiter.TimeLimiter;
import io.github.resilience4j.timelimiter.TimeLimiterConfig;
import io.github.resilience4j.timelimiter.TimeLimiterRegistry;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;

/**
 * The registries of Resilience4j that the application has, for settings that name instances of
 * them. A registry makes an instance of any name that it is asked for; here it is only asked
 * whether it has one.
 */
final class Registries {
  private final BeanFactory beans;

  /**
   * @param beans which have registries or not; asked when a name is looked up
   */
  Registries(BeanFactory beans) {
    this.beans = beans;
  }

  Named<RetryConfig> retry(Layer<FailoverProperties> settings) {
    Asked asked = Asked.of(settings, "retry");
    return asked.name() == null
        ? asked.nothing()
        : new Kind<>(RetryRegistry.class, RetryRegistry::getAllRetries, Retry::getName)
            .config(asked, asked.name(), beans, Retry::getRetryConfig);
  }

  Named<CircuitBreakerConfig> breaker(Layer<FailoverProperties> settings) {
    Asked asked = Asked.of(settings, "circuitBreaker");
    return asked.name() == null
        ? asked.nothing()
        : new Kind<>(
                CircuitBreakerRegistry.class,
                CircuitBreakerRegistry::getAllCircuitBreakers,
                CircuitBreaker::getName)
            .config(asked, asked.name(), beans, CircuitBreaker::getCircuitBreakerConfig);
  }

  Named<BulkheadConfig> bulkhead(Layer<FailoverProperties> settings) {
    Asked asked = Asked.of(settings, "bulkhead");
    return asked.name() == null
        ? asked.nothing()
        : new Kind<>(BulkheadRegistry.class, BulkheadRegistry::getAllBulkheads, Bulkhead::getName)
            .config(asked, asked.name(), beans, Bulkhead::getBulkheadConfig);
  }

  /** Itself and not its configuration, since a rate is of all that it limits. */
  Named<RateLimiter> rateLimiter(Layer<FailoverProperties> settings) {
    Asked asked = Asked.of(settings, "rateLimiter");
    return asked.name() == null
        ? asked.nothing()
        : new Kind<>(
                RateLimiterRegistry.class,
                RateLimiterRegistry::getAllRateLimiters,
                RateLimiter::getName)
            .instance(asked, asked.name(), beans);
  }

  Named<TimeLimiterConfig> timeLimiter(Layer<FailoverProperties> settings) {
    Asked asked = Asked.of(settings, "timeLimiter");
    return asked.name() == null
        ? asked.nothing()
        : new Kind<>(
                TimeLimiterRegistry.class,
                TimeLimiterRegistry::getAllTimeLimiters,
                TimeLimiter::getName)
            .config(asked, asked.name(), beans, TimeLimiter::getTimeLimiterConfig);
  }

  /**
   * What a setting has named.
   *
   * @param property the full name of the setting
   * @param name the name that it has; null if none is set
   * @param found what has the name; null if none is set
   * @param overriding the settings that come before it
   */
  record Named<V>(
      String property,
      @Nullable String name,
      @Nullable V found,
      Layer<FailoverProperties> overriding) {

    /**
     * Uses it, if there is one.
     *
     * @throws SettingException if it is refused
     */
    void use(Consumer<V> user) {
      if (found != null) {
        try {
          user.accept(found);
        } catch (IllegalArgumentException e) {
          throw SettingException.of(
              property, name, "an instance that can be used; of this one, " + e.getMessage());
        }
      }
    }
  }

  /**
   * A setting that may name an instance.
   *
   * @param property its full name
   * @param name what it says; null if it is not set
   * @param overriding the settings that come before what it names
   */
  private record Asked(
      String property, @Nullable String name, Layer<FailoverProperties> overriding) {
    static Asked of(Layer<FailoverProperties> settings, String setting) {
      Layer<Resilience4j> names = settings.in("resilience4j", Resilience4j.class);
      // What all services have in common is not meant for one that names its own.
      boolean own = Groups.value(setting, names.ofService().said()) != null;
      return new Asked(
          names.name(setting),
          (String) Groups.value(setting, names.said()),
          own ? settings.ofService() : settings);
    }

    <V> Named<V> nothing() {
      return new Named<>(property, null, null, overriding);
    }
  }

  /**
   * What there is a registry of. Made only for a name that is looked for, since not every
   * application uses all of Resilience4j.
   */
  private record Kind<R extends Registry<E, C>, E, C>(
      Class<R> registry, Function<R, ? extends Collection<E>> all, Function<E, String> nameOf) {

    Named<C> config(Asked asked, String name, BeanFactory beans, Function<E, C> configOf) {
      R found = registry(asked, name, beans);
      return named(
          asked,
          name,
          found,
          found.find(name).map(configOf).or(() -> found.getConfiguration(name)));
    }

    Named<E> instance(Asked asked, String name, BeanFactory beans) {
      R found = registry(asked, name, beans);
      return named(asked, name, found, found.find(name));
    }

    private R registry(Asked asked, String name, BeanFactory beans) {
      R found = beans.getBeanProvider(registry).getIfAvailable();
      if (found == null) {
        throw SettingException.of(
            asked.property(),
            name,
            "a bean of type " + registry.getSimpleName() + ", which knows it",
            "Add the dependency io.github.resilience4j:resilience4j-spring-boot4, or such a bean.");
      }
      return found;
    }

    private <V> Named<V> named(Asked asked, String name, R registry, Optional<V> found) {
      return new Named<>(
          asked.property(),
          name,
          found.orElseThrow(() -> unknown(asked.property(), name, registry)),
          asked.overriding());
    }

    private SettingException unknown(String property, String name, R registry) {
      Set<String> known =
          all.apply(registry).stream().map(nameOf).collect(Collectors.toCollection(TreeSet::new));
      String expected =
          "an instance in the "
              + this.registry.getSimpleName()
              + ", which has: "
              + (known.isEmpty() ? "none" : String.join(", ", known));
      String near = Nearest.to(name, known);
      return near == null
          ? SettingException.of(property, name, expected)
          : SettingException.of(
              property,
              name,
              expected,
              "Did you mean \"" + near + "\"? Set " + property + " to that.");
    }
  }
}
