package io.evenkeel.lb.spring.metrics;

import io.evenkeel.lb.failover.CallObserver;
import io.evenkeel.lb.micrometer.CallObservationConvention;
import io.evenkeel.lb.micrometer.CallObservations;
import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.FailoverCustomizer;
import io.evenkeel.lb.spring.LoadBalancers;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Observes the calls to services that are made through RestClient, RestTemplate, WebClient, HTTP
 * service interfaces and the {@code BalancerInterceptor} bean of OkHttp, where there is an {@link
 * ObservationRegistry} bean: each call is an observation, and each attempt an event in it. A bean
 * {@link CallObservationConvention} gives it other names, a bean {@link CallObserver} takes its
 * place.
 *
 * <p>Calls that are made with a failover itself are observed by an {@link
 * io.evenkeel.lb.micrometer.ObservedFailover} of it and of the bean {@link CallObservations}.
 *
 * <p>{@code evenkeel.observations.enabled=false} switches it off.
 */
@AutoConfiguration(after = EvenkeelAutoConfiguration.class)
@ConditionalOnClass({ObservationRegistry.class, CallObservations.class})
@ConditionalOnBean(LoadBalancers.class)
@ConditionalOnBooleanProperty(name = "evenkeel.observations.enabled", matchIfMissing = true)
public final class CallObservationAutoConfiguration {
  CallObservationAutoConfiguration() {}

  /** Without a registry nothing is observed. */
  @Bean
  @ConditionalOnMissingBean(CallObserver.class)
  CallObservations evenkeelCallObservations(
      ObjectProvider<ObservationRegistry> registries,
      ObjectProvider<CallObservationConvention> conventions) {
    ObservationRegistry registry = registries.getIfUnique(() -> ObservationRegistry.NOOP);
    CallObservationConvention convention = conventions.getIfUnique();
    return convention == null
        ? CallObservations.of(registry)
        : CallObservations.of(registry, convention);
  }

  @Bean
  FailoverCustomizer evenkeelObservedFailovers() {
    return (service, failover) -> failover.listener(CallObservations.listener());
  }
}
