package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.LoadBalancers;
import java.time.InstantSource;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.EndpointAccessResolver;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.env.Environment;
import tools.jackson.databind.json.JsonMapper;

/**
 * The actuator endpoint {@link LoadBalancersEndpoint} and its page, where the endpoint is exposed:
 * by {@code management.endpoints.web.exposure.include=loadbalancers}. Where it is not, nothing is
 * counted either.
 */
@AutoConfiguration(
    after = EvenkeelAutoConfiguration.class,
    beforeName =
        "org.springframework.boot.actuate.autoconfigure.web.server.ManagementContextAutoConfiguration")
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(LoadBalancers.class)
@ImportRuntimeHints(PageHints.class)
public final class LoadBalancersEndpointAutoConfiguration {
  /** The page's paths come before those of the endpoint, to which they look like services. */
  static final int ORDER = -101;

  LoadBalancersEndpointAutoConfiguration() {}

  /** Apart, since a condition that needs a library must not be looked at where it is missing. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnAvailableEndpoint(endpoint = LoadBalancersEndpoint.class)
  static class Shown {
    @Bean
    Recorder evenkeelRecorder(HealthRegistry health) {
      return new Recorder(Ticker.system(), InstantSource.system(), health);
    }

    @Bean
    Services evenkeelServices(LoadBalancers balancers, Recorder recorder, HealthRegistry health) {
      return new Services(balancers, recorder, health, InstantSource.system());
    }

    @Bean
    LoadBalancersEndpoint loadBalancersEndpoint(Services services, Environment environment) {
      return new LoadBalancersEndpoint(services, Seeds.of(environment));
    }
  }

  /** What the page needs beside the endpoint. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnWebApplication
  @ConditionalOnClass(JsonMapper.class)
  @ConditionalOnAvailableEndpoint(
      endpoint = LoadBalancersEndpoint.class,
      exposure = EndpointExposure.WEB)
  static class Page {
    @Bean
    Viewers evenkeelViewers(Services services, OrderDesk desk) {
      return new Viewers(services, desk.isOpen());
    }

    @Bean
    OrderDesk evenkeelOrderDesk(
        LoadBalancers balancers,
        HealthRegistry health,
        EndpointAccessResolver access,
        Environment environment) {
      Access allowed =
          access.accessFor(EndpointId.of(LoadBalancersEndpoint.ID), Access.UNRESTRICTED);
      boolean writes = environment.getProperty("evenkeel.actuator.writes", Boolean.class, false);
      return new OrderDesk(balancers, health, writes && allowed == Access.UNRESTRICTED);
    }
  }
}
