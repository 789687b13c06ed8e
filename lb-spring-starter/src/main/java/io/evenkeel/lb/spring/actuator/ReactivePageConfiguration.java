package io.evenkeel.lb.spring.actuator;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;

/** Puts the page beside the endpoint, wherever that is, on WebFlux. */
@ManagementContextConfiguration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass(DispatcherHandler.class)
@ConditionalOnBean(Viewers.class)
class ReactivePageConfiguration {
  @Bean
  SimpleUrlHandlerMapping evenkeelPageMapping(
      PathMappedEndpoints endpoints, Viewers viewers, OrderDesk desk) {
    String path = endpoints.getPath(EndpointId.of(LoadBalancersEndpoint.ID));
    Map<String, Object> handlers = new LinkedHashMap<>();
    if (path != null) {
      ReactivePage.handlers(viewers, desk)
          .forEach((below, each) -> handlers.put(path + below, each));
    }
    return new SimpleUrlHandlerMapping(handlers, LoadBalancersEndpointAutoConfiguration.ORDER);
  }
}
