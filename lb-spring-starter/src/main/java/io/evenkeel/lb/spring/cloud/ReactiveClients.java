package io.evenkeel.lb.spring.cloud;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.cloud.client.loadbalancer.reactive.DeferringLoadBalancerExchangeFilterFunction;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;
import org.springframework.web.service.registry.HttpServiceGroupConfigurer;

/** The same as {@link BlockingClients} for filters of WebClient. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(WebClient.class)
class ReactiveClients {
  @Bean
  static BeanPostProcessor evenkeelLoadBalancedWebClients(ListableBeanFactory beans) {
    return new BeanPostProcessor() {
      @Override
      public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof WebClient.Builder client
            && beans.findAnnotationOnBean(name, LoadBalanced.class) != null) {
          client.filters(all -> all.removeIf(Ours::is));
        }
        return bean;
      }
    };
  }

  @Bean
  WebClientHttpServiceGroupConfigurer evenkeelLoadBalancedWebClientGroups() {
    return new Groups();
  }

  private static final class Groups implements WebClientHttpServiceGroupConfigurer {
    @Override
    public void configureGroups(HttpServiceGroupConfigurer.Groups<WebClient.Builder> groups) {
      groups.forEachClient(
          (group, client) ->
              client.filters(
                  all -> {
                    if (all.stream()
                        .anyMatch(DeferringLoadBalancerExchangeFilterFunction.class::isInstance)) {
                      all.removeIf(Ours::is);
                    }
                  }));
    }

    @Override
    public int getOrder() {
      return Ordered.LOWEST_PRECEDENCE;
    }
  }
}
