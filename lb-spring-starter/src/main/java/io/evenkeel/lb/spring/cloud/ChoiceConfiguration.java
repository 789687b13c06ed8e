package io.evenkeel.lb.spring.cloud;

import io.evenkeel.lb.spring.ServiceAccessFactory;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Fallback;
import org.springframework.core.env.Environment;

/**
 * What Spring Cloud LoadBalancer has in the context of each service. Not annotated and not nested:
 * as a configuration of the application it would be one of its main context as well. Public only
 * because code that Spring generates for a native image names it in a package of Spring Cloud's.
 */
public final class ChoiceConfiguration {
  ChoiceConfiguration() {}

  /** A fallback, so that one of the application's own comes before it. */
  @Bean
  @Fallback
  ReactorServiceInstanceLoadBalancer evenkeelServiceInstanceLoadBalancer(
      Environment environment, ServiceAccessFactory services, LoadBalancerClientFactory clients) {
    String service = environment.getRequiredProperty(LoadBalancerClientFactory.PROPERTY_NAME);
    return new EvenkeelLoadBalancer(
        service,
        new CloudSettings(service, environment),
        services,
        clients.getLazyProvider(service, ServiceInstanceListSupplier.class));
  }
}
