package io.evenkeel.lb.spring.metrics;

import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.micrometer.BalancerMetrics;
import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.LoadBalancers;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Has meters of all services in the {@link MeterRegistry} bean, if there is one when the
 * application has started, with or without Spring Boot's actuator: those of {@link
 * BalancerMetrics}, {@link io.evenkeel.lb.micrometer.FailoverMetrics} and {@link
 * io.evenkeel.lb.micrometer.HealthMetrics}. Of several registries the primary one has them, or all
 * of them. The meters of an endpoint go with it, and those of a service with the service.
 *
 * <p>Up to 200 endpoints of each service have meters of their own, or {@code
 * evenkeel.metrics.max-endpoints}. {@code evenkeel.metrics.enabled=false} switches all of it off.
 */
@AutoConfiguration(after = EvenkeelAutoConfiguration.class)
@ConditionalOnClass({MeterRegistry.class, BalancerMetrics.class})
@ConditionalOnBean(LoadBalancers.class)
@ConditionalOnBooleanProperty(name = "evenkeel.metrics.enabled", matchIfMissing = true)
public final class BalancerMetricsAutoConfiguration {
  BalancerMetricsAutoConfiguration() {}

  @Bean
  ServiceMeters evenkeelServiceMeters(
      ObjectProvider<LoadBalancers> balancers,
      ObjectProvider<MeterRegistry> meters,
      ObjectProvider<HealthRegistry> health,
      Environment environment) {
    return new ServiceMeters(
        new ServiceMeters.Beans(balancers, meters, health),
        environment.getProperty(ServiceMeters.MAX_ENDPOINTS, Integer.class));
  }
}
