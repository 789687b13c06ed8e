package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.CallObserver;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;
import org.springframework.web.service.registry.HttpServiceGroupConfigurer;

/**
 * Balances what is sent through {@link WebClient.Builder} and reactive HTTP service interfaces: a
 * request to {@code http://orders/...} is a call of the failover of {@code orders}, in flight until
 * the body of its response is over or nobody wants it any more.
 *
 * <p>A request may be repeated if it is idempotent, as {@link RestClientBalancingAutoConfiguration}
 * has it, and if its body was not begun or is a value and no stream. 5xx and exceptions are
 * failures of the endpoint; a request that is cancelled says nothing of it. What has failed for
 * good is the last response, or a {@link
 * org.springframework.web.reactive.function.client.WebClientRequestException} whose cause's cause
 * is a {@link io.evenkeel.lb.failover.FailoverException}.
 *
 * <p>Redirects are followed as {@link RestClientBalancingAutoConfiguration} has it.
 *
 * <p>{@code evenkeel.web-client.enabled=false} switches it off.
 */
@AutoConfiguration(after = EvenkeelAutoConfiguration.class)
@ConditionalOnClass({WebClient.class, WebClientCustomizer.class})
@ConditionalOnBean(LoadBalancers.class)
@ConditionalOnBooleanProperty(name = "evenkeel.web-client.enabled", matchIfMissing = true)
public final class WebClientBalancingAutoConfiguration {
  private static final String FILTER = "evenkeelBalancingFilter";

  WebClientBalancingAutoConfiguration() {}

  /** Not for applications that ask for a filter of their own by its type. */
  @Bean(name = FILTER, defaultCandidate = false)
  BalancingFilter evenkeelBalancingFilter(
      ObjectProvider<LoadBalancers> balancers, ObjectProvider<CallObserver> observers) {
    return new BalancingFilter(balancers::getObject, new LateObserver(observers));
  }

  /** All clients that Boot builds come from such a builder. */
  @Bean
  static BeanPostProcessor evenkeelUnfollowingConnectors() {
    return new BeanPostProcessor() {
      @Override
      public Object postProcessAfterInitialization(Object bean, String name) {
        return bean instanceof ClientHttpConnectorBuilder<?> builder
            ? new UnfollowingConnectors(builder)
            : bean;
      }
    };
  }

  @Bean
  @Order(Ordered.LOWEST_PRECEDENCE)
  WebClientCustomizer evenkeelWebClientCustomizer(@Qualifier(FILTER) BalancingFilter filter) {
    return client -> client.filters(filter::addTo);
  }

  @Bean
  WebClientHttpServiceGroupConfigurer evenkeelReactiveHttpServiceGroupConfigurer(
      @Qualifier(FILTER) BalancingFilter filter) {
    return new Groups(filter);
  }

  private record Groups(BalancingFilter filter) implements WebClientHttpServiceGroupConfigurer {
    @Override
    public void configureGroups(HttpServiceGroupConfigurer.Groups<WebClient.Builder> groups) {
      groups.forEachClient((group, client) -> client.filters(filter::addTo));
    }

    @Override
    public int getOrder() {
      return Ordered.LOWEST_PRECEDENCE;
    }
  }
}
