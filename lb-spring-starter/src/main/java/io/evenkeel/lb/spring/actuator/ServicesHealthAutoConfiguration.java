package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.LoadBalancers;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Has a component {@code loadBalancers} in the actuator's health, with each service. It makes
 * nothing else worse than it is: a service that has no endpoint to choose is {@code UNREACHABLE},
 * by which neither liveness nor readiness nor the whole change. Where an application can do nothing
 * without a service, readiness may be told so:
 *
 * <pre>
 * evenkeel.actuator.required-services=orders
 * management.endpoint.health.group.readiness.include=readinessState,loadBalancers
 * </pre>
 *
 * <p>{@code management.health.loadbalancers.enabled=false} switches it off.
 */
@AutoConfiguration(after = EvenkeelAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnEnabledHealthIndicator.class)
@ConditionalOnBean(LoadBalancers.class)
public final class ServicesHealthAutoConfiguration {
  private static final String REQUIRED = "evenkeel.actuator.required-services";

  ServicesHealthAutoConfiguration() {}

  /** Apart, since a condition that needs a library must not be looked at where it is missing. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnEnabledHealthIndicator("loadbalancers")
  static class Shown {
    @Bean
    CompositeHealthContributor loadBalancersHealthContributor(
        LoadBalancers balancers, Environment environment) {
      return new ServicesHealth(balancers, required(balancers, environment));
    }
  }

  private static Set<String> required(LoadBalancers balancers, Environment environment) {
    Set<String> required = new HashSet<>();
    for (String written :
        Binder.get(environment).bind(REQUIRED, Bindable.listOf(String.class)).orElse(List.of())) {
      String name = written.toLowerCase(Locale.ROOT);
      if (!balancers.names().contains(name)) {
        throw new InvalidConfigurationPropertyValueException(
            REQUIRED, written, "Expected: some of the services " + balancers.names() + ".");
      }
      required.add(name);
    }
    return Set.copyOf(required);
  }
}
