package io.evenkeel.lb.spring.cloud;

import io.evenkeel.lb.spring.DiscoveryAutoConfiguration;
import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.LoadBalancers;
import io.evenkeel.lb.spring.RestClientBalancingAutoConfiguration;
import io.evenkeel.lb.spring.ServiceAccessFactory;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Has the endpoints that Spring Cloud LoadBalancer asks for chosen by Evenkeel: those of
 * {@code @LoadBalanced} clients, of {@code @FeignClient}s, and of routes with {@code lb://}. They,
 * their retries and their properties stay as they are.
 *
 * <p>A service that Evenkeel knows has its balancer. Any other one gets a balancer as {@code
 * evenkeel.defaults} say, over the {@code DiscoveryClient} or, where the application has a {@code
 * ServiceInstanceListSupplier} of its own, over that. A service for which the application has a
 * {@code ReactorLoadBalancer} of its own keeps it.
 *
 * <p>A request is in flight until the headers of its response are there, or until a {@code
 * WebClient} gives it up. Other clients do not say that they have given one up: it ends when {@code
 * lease-limit} is over. 5xx and exceptions are failures of the endpoint.
 *
 * <p>Of {@code spring.cloud.loadbalancer} these have the meaning that Evenkeel has for them, unless
 * {@code evenkeel} properties say otherwise: {@code zone}, and of {@code configurations} {@code
 * zone-preference}, {@code subset}, {@code weighted}, {@code request-based-sticky-session} and
 * {@code health-check}. Those that have none are logged when the application starts.
 *
 * <p>{@code evenkeel.spring-cloud.enabled=false} switches it off.
 */
@AutoConfiguration(
    after = {
      EvenkeelAutoConfiguration.class,
      DiscoveryAutoConfiguration.class,
      RestClientBalancingAutoConfiguration.class
    },
    afterName = {
      "io.evenkeel.lb.spring.WebClientBalancingAutoConfiguration",
      "org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration"
    })
@ConditionalOnClass(ReactorServiceInstanceLoadBalancer.class)
@ConditionalOnBean({LoadBalancers.class, LoadBalancerClientFactory.class})
@ConditionalOnBooleanProperty(name = "evenkeel.spring-cloud.enabled", matchIfMissing = true)
@LoadBalancerClients(defaultConfiguration = ChoiceConfiguration.class)
@Import({ServiceAccessFactory.class, BlockingClients.class, ReactiveClients.class})
public final class SpringCloudAutoConfiguration {
  SpringCloudAutoConfiguration() {}

  @Bean
  ChoiceLifecycle evenkeelChoiceLifecycle() {
    return new ChoiceLifecycle();
  }

  /** Before anybody reads properties. */
  @Bean
  static BeanFactoryPostProcessor evenkeelSpringCloudSettings(ConfigurableEnvironment environment) {
    return beans -> NamedServices.takeOver(environment, beans);
  }
}
