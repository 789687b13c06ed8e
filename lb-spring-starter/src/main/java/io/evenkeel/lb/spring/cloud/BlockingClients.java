package io.evenkeel.lb.spring.cloud;

import java.util.List;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.cloud.client.loadbalancer.DeferringLoadBalancerInterceptor;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.service.registry.HttpServiceGroupConfigurer;

/**
 * Takes Evenkeel's own interceptor off clients that Spring Cloud balances: two of them would choose
 * twice, and the second would look for a service with the name of an address.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({RestClient.class, RestTemplateBuilder.class})
class BlockingClients {
  @Bean
  static BeanPostProcessor evenkeelLoadBalancedClients(ListableBeanFactory beans) {
    return new BeanPostProcessor() {
      @Override
      public Object postProcessAfterInitialization(Object bean, String name) {
        boolean client =
            bean instanceof RestClient.Builder
                || bean instanceof RestTemplate
                || bean instanceof RestTemplateBuilder;
        return client && beans.findAnnotationOnBean(name, LoadBalanced.class) != null
            ? withoutOurs(bean)
            : bean;
      }
    };
  }

  private static Object withoutOurs(Object client) {
    if (client instanceof RestTemplateBuilder builder) {
      return builder.additionalCustomizers(template -> removeOurs(template.getInterceptors()));
    }
    if (client instanceof RestTemplate template) {
      removeOurs(template.getInterceptors());
    } else if (client instanceof RestClient.Builder builder) {
      builder.requestInterceptors(BlockingClients::removeOurs);
    }
    return client;
  }

  private static void removeOurs(List<ClientHttpRequestInterceptor> interceptors) {
    interceptors.removeIf(Ours::is);
  }

  @Bean
  RestClientHttpServiceGroupConfigurer evenkeelLoadBalancedGroups() {
    return new Groups();
  }

  /** After the one that puts ours in, which has the same order and is registered before. */
  private static final class Groups implements RestClientHttpServiceGroupConfigurer {
    @Override
    public void configureGroups(HttpServiceGroupConfigurer.Groups<RestClient.Builder> groups) {
      groups.forEachClient(
          (group, client) ->
              client.requestInterceptors(
                  all -> {
                    if (all.stream().anyMatch(DeferringLoadBalancerInterceptor.class::isInstance)) {
                      removeOurs(all);
                    }
                  }));
    }

    @Override
    public int getOrder() {
      return Ordered.LOWEST_PRECEDENCE;
    }
  }
}
