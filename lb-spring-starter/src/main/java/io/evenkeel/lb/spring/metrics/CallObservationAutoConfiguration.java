package io.evenkeel.lb.spring.metrics;

import io.evenkeel.lb.micrometer.CallObservationConvention;
import io.evenkeel.lb.micrometer.CallObservations;
import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.FailoverCustomizer;
import io.evenkeel.lb.spring.LoadBalancers;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.restclient.RestTemplateCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.service.registry.HttpServiceGroupConfigurer;

/**
 * Observes the calls to services that are made through RestClient, RestTemplate and HTTP service
 * interfaces, where there is an {@link ObservationRegistry} bean: each call is an observation, and
 * each attempt an event in it. A bean {@link CallObservationConvention} gives it other names.
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
  @ConditionalOnMissingBean
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

  /** Apart, since an application may have no RestClient. Just before what balances. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({RestClient.class, RestClientCustomizer.class})
  @ConditionalOnBooleanProperty(name = "evenkeel.rest-client.enabled", matchIfMissing = true)
  static class RestClients {
    private static final String INTERCEPTOR = "evenkeelObservingInterceptor";
    private static final int JUST_BEFORE = Ordered.LOWEST_PRECEDENCE - 1;

    /** Not for applications that ask for an interceptor of their own by its type. */
    @Bean(name = INTERCEPTOR, defaultCandidate = false)
    ObservingInterceptor evenkeelObservingInterceptor(
        ObjectProvider<LoadBalancers> balancers, ObjectProvider<CallObservations> observations) {
      return new ObservingInterceptor(balancers::getObject, observations::getObject);
    }

    @Bean
    @Order(JUST_BEFORE)
    RestClientCustomizer evenkeelObservedRestClients(
        @Qualifier(INTERCEPTOR) ObservingInterceptor interceptor) {
      return client -> client.requestInterceptors(interceptor::addTo);
    }

    @Bean
    @Order(JUST_BEFORE)
    RestTemplateCustomizer evenkeelObservedRestTemplates(
        @Qualifier(INTERCEPTOR) ObservingInterceptor interceptor) {
      return template -> interceptor.addTo(template.getInterceptors());
    }

    @Bean
    RestClientHttpServiceGroupConfigurer evenkeelObservedHttpServiceGroups(
        @Qualifier(INTERCEPTOR) ObservingInterceptor interceptor) {
      return new Groups(interceptor);
    }

    private record Groups(ObservingInterceptor interceptor)
        implements RestClientHttpServiceGroupConfigurer {
      @Override
      public void configureGroups(HttpServiceGroupConfigurer.Groups<RestClient.Builder> groups) {
        groups.forEachClient((group, client) -> client.requestInterceptors(interceptor::addTo));
      }

      @Override
      public int getOrder() {
        return JUST_BEFORE;
      }
    }
  }
}
