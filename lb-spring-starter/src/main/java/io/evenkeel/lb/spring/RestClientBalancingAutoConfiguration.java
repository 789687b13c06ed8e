package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.CallObserver;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.restclient.RestTemplateCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.service.registry.HttpServiceGroupConfigurer;

/**
 * Balances what is sent through {@link RestClient.Builder}, {@code RestTemplateBuilder} and HTTP
 * service interfaces: a request to {@code http://orders/...} is a call of the failover of {@code
 * orders}, in flight until its response is closed.
 *
 * <p>A request may be repeated if it is idempotent: GET, HEAD, OPTIONS, TRACE, PUT, DELETE, QUERY,
 * or one with the header {@code Idempotency-Key}; or if the {@linkplain LoadBalancers#CONTEXT
 * context} that it has as an attribute says so. 5xx and exceptions are failures of the endpoint.
 * What has failed for good is the last response, or an {@link java.io.IOException} whose cause is a
 * {@link io.evenkeel.lb.failover.FailoverException}.
 *
 * <p>Redirects are followed by the call, unless the client's settings say that nobody does: within
 * the service at the same endpoint, to other services balanced, to other hosts without credentials.
 *
 * <p>{@code evenkeel.rest-client.enabled=false} switches it off.
 */
@AutoConfiguration(after = EvenkeelAutoConfiguration.class)
@ConditionalOnClass({RestClient.class, RestClientCustomizer.class})
@ConditionalOnBean(LoadBalancers.class)
@ConditionalOnBooleanProperty(name = "evenkeel.rest-client.enabled", matchIfMissing = true)
public final class RestClientBalancingAutoConfiguration {
  private static final String INTERCEPTOR = "evenkeelBalancingInterceptor";

  RestClientBalancingAutoConfiguration() {}

  /** Not for applications that ask for an interceptor of their own by its type. */
  @Bean(name = INTERCEPTOR, defaultCandidate = false)
  BalancingInterceptor evenkeelBalancingInterceptor(
      ObjectProvider<LoadBalancers> balancers, ObjectProvider<CallObserver> observers) {
    return new BalancingInterceptor(balancers::getObject, new LateObserver(observers));
  }

  /** All clients that Boot builds come from such a builder. */
  @Bean
  static BeanPostProcessor evenkeelUnfollowingFactories() {
    return new BeanPostProcessor() {
      @Override
      public Object postProcessAfterInitialization(Object bean, String name) {
        return bean instanceof ClientHttpRequestFactoryBuilder<?> builder
            ? new UnfollowingFactories(builder)
            : bean;
      }
    };
  }

  @Bean
  @Order(Ordered.LOWEST_PRECEDENCE)
  RestClientCustomizer evenkeelRestClientCustomizer(
      @Qualifier(INTERCEPTOR) BalancingInterceptor interceptor) {
    return client -> client.requestInterceptors(interceptor::addTo);
  }

  @Bean
  @Order(Ordered.LOWEST_PRECEDENCE)
  RestTemplateCustomizer evenkeelRestTemplateCustomizer(
      @Qualifier(INTERCEPTOR) BalancingInterceptor interceptor) {
    return template -> interceptor.addTo(template.getInterceptors());
  }

  @Bean
  RestClientHttpServiceGroupConfigurer evenkeelHttpServiceGroupConfigurer(
      @Qualifier(INTERCEPTOR) BalancingInterceptor interceptor) {
    return new Groups(interceptor);
  }

  private record Groups(BalancingInterceptor interceptor)
      implements RestClientHttpServiceGroupConfigurer {
    @Override
    public void configureGroups(HttpServiceGroupConfigurer.Groups<RestClient.Builder> groups) {
      groups.forEachClient((group, client) -> client.requestInterceptors(interceptor::addTo));
    }

    @Override
    public int getOrder() {
      return Ordered.LOWEST_PRECEDENCE;
    }
  }
}
