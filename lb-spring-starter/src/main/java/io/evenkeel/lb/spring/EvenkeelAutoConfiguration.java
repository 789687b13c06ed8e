package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNullElse;

import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.health.HealthRegistry;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;

/**
 * Makes a balancer and a failover of each service that {@code evenkeel.services} or a bean of type
 * {@link EndpointSource} names, and has all of them in a bean {@link LoadBalancers}.
 *
 * <p>What beans say comes before what properties say: an {@code EndpointSource} with the name of a
 * service is where its endpoints come from, a {@link Strategy} can be named as {@code strategy}, a
 * {@link BalancerCustomizer} and a {@link FailoverCustomizer} have the last word. A {@link
 * HealthRegistry} shows the endpoints of all services.
 *
 * <p>{@code evenkeel.enabled=false} switches all of it off.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "evenkeel.enabled", matchIfMissing = true)
@EnableConfigurationProperties(EvenkeelProperties.class)
@ImportRuntimeHints(SettingHints.class)
public final class EvenkeelAutoConfiguration {
  EvenkeelAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  HealthRegistry evenkeelHealthRegistry() {
    return HealthRegistry.create();
  }

  @Bean
  Registries evenkeelRegistries(BeanFactory beans) {
    return new Registries(beans);
  }

  @Bean
  @ConditionalOnMissingBean
  LoadBalancers loadBalancers(
      EvenkeelProperties properties,
      HealthRegistry health,
      @Nullable Map<String, EndpointSource> sources,
      @Nullable Map<String, Strategy> strategies,
      ObjectProvider<Sources.Discovered> discovered,
      ObjectProvider<BalancerCustomizer> balancers,
      ObjectProvider<FailoverCustomizer> failovers,
      Registries registries,
      ResourceLoader resources,
      Environment environment,
      ApplicationEventPublisher events) {
    Map<String, EndpointSource> ofBeans = requireNonNullElse(sources, Map.of());
    ClassLoader loader =
        requireNonNullElse(
            resources.getClassLoader(), EvenkeelAutoConfiguration.class.getClassLoader());
    return new LoadBalancers(
        properties,
        () -> EvenkeelProperties.of(environment),
        ofBeans.keySet(),
        new ServiceBuilder(
            new Sources(ofBeans, discovered.getIfAvailable()),
            new Strategies(requireNonNullElse(strategies, Map.of())),
            new Judges(health, loader),
            registries,
            balancers.orderedStream().toList(),
            failovers.orderedStream().toList()),
        events);
  }

  @Bean
  StartAndStop evenkeelStartAndStop(LoadBalancers balancers, EvenkeelProperties properties) {
    return new StartAndStop(balancers, properties.startTimeout(), properties.drainTimeout());
  }
}
