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
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
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
import java.util.function.BiFunction;
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
  private static final Kind<RetryRegistry, Retry, RetryConfig> RETRY =
      new Kind<>(
          "retry",
          Resilience4j::retry,
          RetryRegistry.class,
          RetryRegistry::getAllRetries,
          Retry::getName,
          Retry::getRetryConfig);

  private static final Kind<CircuitBreakerRegistry, CircuitBreaker, CircuitBreakerConfig> BREAKER =
      new Kind<>(
          "circuit-breaker",
          Resilience4j::circuitBreaker,
          CircuitBreakerRegistry.class,
          CircuitBreakerRegistry::getAllCircuitBreakers,
          CircuitBreaker::getName,
          CircuitBreaker::getCircuitBreakerConfig);

  private static final Kind<BulkheadRegistry, Bulkhead, BulkheadConfig> BULKHEAD =
      new Kind<>(
          "bulkhead",
          Resilience4j::bulkhead,
          BulkheadRegistry.class,
          BulkheadRegistry::getAllBulkheads,
          Bulkhead::getName,
          Bulkhead::getBulkheadConfig);

  private static final Kind<RateLimiterRegistry, RateLimiter, RateLimiterConfig> RATE_LIMITER =
      new Kind<>(
          "rate-limiter",
          Resilience4j::rateLimiter,
          RateLimiterRegistry.class,
          RateLimiterRegistry::getAllRateLimiters,
          RateLimiter::getName,
          RateLimiter::getRateLimiterConfig);

  private static final Kind<TimeLimiterRegistry, TimeLimiter, TimeLimiterConfig> TIME_LIMITER =
      new Kind<>(
          "time-limiter",
          Resilience4j::timeLimiter,
          TimeLimiterRegistry.class,
          TimeLimiterRegistry::getAllTimeLimiters,
          TimeLimiter::getName,
          TimeLimiter::getTimeLimiterConfig);

  private final BeanFactory beans;

  /**
   * @param beans which have registries or not; asked when a name is looked up
   */
  Registries(BeanFactory beans) {
    this.beans = beans;
  }

  Named<RetryConfig> retry(Layer<FailoverProperties> settings) {
    return RETRY.config(settings, beans);
  }

  Named<CircuitBreakerConfig> breaker(Layer<FailoverProperties> settings) {
    return BREAKER.config(settings, beans);
  }

  Named<BulkheadConfig> bulkhead(Layer<FailoverProperties> settings) {
    return BULKHEAD.config(settings, beans);
  }

  /** Itself and not its configuration, since a rate is of all that it limits. */
  Named<RateLimiter> rateLimiter(Layer<FailoverProperties> settings) {
    return RATE_LIMITER.instance(settings, beans);
  }

  Named<TimeLimiterConfig> timeLimiter(Layer<FailoverProperties> settings) {
    return TIME_LIMITER.config(settings, beans);
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
   * What there is a registry of.
   *
   * @param setting that names one
   */
  private record Kind<R extends Registry<E, C>, E, C>(
      String setting,
      Function<Resilience4j, @Nullable String> read,
      Class<R> registry,
      Function<R, ? extends Collection<E>> all,
      Function<E, String> nameOf,
      Function<E, C> configOf) {

    Named<C> config(Layer<FailoverProperties> settings, BeanFactory beans) {
      return named(
          settings,
          beans,
          (found, name) -> found.find(name).map(configOf).or(() -> found.getConfiguration(name)));
    }

    Named<E> instance(Layer<FailoverProperties> settings, BeanFactory beans) {
      return named(settings, beans, Registry::find);
    }

    private <V> Named<V> named(
        Layer<FailoverProperties> settings,
        BeanFactory beans,
        BiFunction<R, String, Optional<V>> look) {
      Layer<Resilience4j> names = settings.in("resilience4j", FailoverProperties::resilience4j);
      String property = names.name(setting, read);
      String name = names.value(read);
      if (name == null) {
        return new Named<>(property, null, null, settings);
      }
      R found = beans.getBeanProvider(registry).getIfAvailable();
      if (found == null) {
        throw SettingException.of(
            property,
            name,
            "a bean of type " + registry.getSimpleName() + ", which knows it",
            "Add the dependency io.github.resilience4j:resilience4j-spring-boot4, or such a bean.");
      }
      // What all services have in common is not meant for one that names its own.
      boolean own = names.ofService().value(read) != null;
      return new Named<>(
          property,
          name,
          look.apply(found, name).orElseThrow(() -> unknown(property, name, found)),
          own ? settings.ofService() : settings);
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
