package io.evenkeel.lb.spring.metrics;

import io.evenkeel.lb.failover.CallObserver;
import io.evenkeel.lb.micrometer.CallObservationConvention;
import io.evenkeel.lb.micrometer.CallObservations;
import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.FailoverCustomizer;
import io.evenkeel.lb.spring.LoadBalancers;
import io.micrometer.core.instrument.observation.MeterObservationHandler;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

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
 * <p>By default not where all {@link ObservationHandler} beans are of meters: {@code lb.calls} says
 * what such an observation would, and costs a tenth of it. {@code evenkeel.observations.enabled}
 * says whether calls are observed in any case, or never.
 */
@AutoConfiguration(after = EvenkeelAutoConfiguration.class)
@ConditionalOnClass({ObservationRegistry.class, CallObservations.class})
@ConditionalOnBean(LoadBalancers.class)
@ConditionalOnBooleanProperty(name = "evenkeel.observations.enabled", matchIfMissing = true)
public final class CallObservationAutoConfiguration {
  private static final String METER_HANDLER =
      "io.micrometer.core.instrument.observation.MeterObservationHandler";

  CallObservationAutoConfiguration() {}

  /** Without a registry nothing is observed. */
  @Bean
  @ConditionalOnMissingBean(CallObserver.class)
  CallObservations evenkeelCallObservations(
      ObjectProvider<ObservationRegistry> registries,
      ObjectProvider<CallObservationConvention> conventions,
      ObjectProvider<ObservationHandler<?>> handlers,
      Environment environment) {
    boolean asked = environment.getProperty("evenkeel.observations.enabled", Boolean.class, false);
    ObservationRegistry registry =
        asked || !isAllOfMeters(handlers.stream().toList())
            ? registries.getIfUnique(() -> ObservationRegistry.NOOP)
            : ObservationRegistry.NOOP;
    CallObservationConvention convention = conventions.getIfUnique();
    return convention == null
        ? CallObservations.of(registry)
        : CallObservations.of(registry, convention);
  }

  private static boolean isAllOfMeters(List<ObservationHandler<?>> handlers) {
    return !handlers.isEmpty()
        && ClassUtils.isPresent(METER_HANDLER, handlers.get(0).getClass().getClassLoader())
        && handlers.stream().allMatch(MeterObservationHandler.class::isInstance);
  }

  @Bean
  FailoverCustomizer evenkeelObservedFailovers() {
    return (service, failover) -> failover.listener(CallObservations.listener());
  }
}
