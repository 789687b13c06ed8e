package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.CallObserver;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
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
      ObjectProvider<LoadBalancers> balancers,
      ObjectProvider<HttpClientSettings> settings,
      ObjectProvider<CallObserver> observers) {
    HttpClientSettings used = settings.getIfAvailable(HttpClientSettings::defaults);
    return new BalancingInterceptor(
        balancers::getObject,
        used.redirects() != HttpRedirects.DONT_FOLLOW,
        new LateObserver(observers));
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
