package io.evenkeel.lb.spring;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.handler.IgnoreTopLevelConverterNotFoundBindHandler;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.core.env.Environment;

/**
 * Everything under {@code evenkeel}. What is not known there is an error, since a misspelt deadline
 * would else be none.
 *
 * @param enabled Whether there are balancers at all.
 * @param startTimeout How long start-up waits for the first endpoints of all services. When it is
 *     over the application starts without them.
 * @param drainTimeout How long shutdown waits for requests that are in flight.
 * @param defaults What holds for every service that does not say otherwise.
 * @param services The services, by the name that is the host in their URLs.
 * @param discovery Endpoints from DiscoveryClient and ReactiveDiscoveryClient.
 * @param restClient RestClient, RestTemplate and HTTP service interfaces.
 * @param webClient WebClient and reactive HTTP service interfaces.
 * @param okHttp OkHttp.
 * @param metrics Meters of balancers, endpoints, health and calls.
 * @param observations Observations of calls.
 * @param springCloud Clients of Spring Cloud LoadBalancer.
 * @param actuator What the actuator shows.
 */
@ConfigurationProperties(prefix = "evenkeel", ignoreUnknownFields = false)
record EvenkeelProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue("5s") Duration startTimeout,
    @DefaultValue("10s") Duration drainTimeout,
    @DefaultValue @NestedConfigurationProperty ServiceProperties defaults,
    @DefaultValue Map<String, ServiceProperties> services,
    @DefaultValue Discovery discovery,
    @DefaultValue Client restClient,
    @DefaultValue Client webClient,
    @DefaultValue OkHttp okHttp,
    @DefaultValue Metrics metrics,
    @DefaultValue Observations observations,
    @DefaultValue Client springCloud,
    @DefaultValue Actuator actuator) {

  /**
   * What an environment says at the moment, read as strictly as when the application starts.
   *
   * @throws SettingException if a property is not known, or has no such value
   */
  static EvenkeelProperties of(Environment environment) {
    BindHandler handler =
        new NoUnboundElementsBindHandler(
            new IgnoreTopLevelConverterNotFoundBindHandler(), new UnboundElementsSourceFilter());
    try {
      return Binder.get(environment, handler)
          .bindOrCreate("evenkeel", Bindable.of(EvenkeelProperties.class));
    } catch (BindException e) {
      throw SettingException.of(e);
    }
  }

  /**
   * Endpoints from Spring's discovery, for services of which no endpoints are said.
   *
   * @param enabled Whether discovery is asked.
   * @param interval How often.
   * @param services Names of services, in addition to those that have properties.
   */
  record Discovery(
      @DefaultValue("true") boolean enabled,
      @DefaultValue("10s") Duration interval,
      @DefaultValue Set<String> services) {}

  /**
   * A kind of client.
   *
   * @param enabled Whether its requests are balanced.
   */
  record Client(@DefaultValue("true") boolean enabled) {}

  /**
   * OkHttp.
   *
   * @param enabled Whether there is an interceptor.
   * @param connectTimeout How long an attempt waits for a connection, if the client's own timeout
   *     is not shorter.
   */
  record OkHttp(@DefaultValue("true") boolean enabled, @Nullable Duration connectTimeout) {}

  /**
   * Meters.
   *
   * @param enabled Whether there are meters, where there is a MeterRegistry.
   * @param maxEndpoints How many endpoints of each service have meters of their own, 0 to 10000; by
   *     default 200.
   */
  record Metrics(@DefaultValue("true") boolean enabled, @Nullable Integer maxEndpoints) {}

  /**
   * Observations.
   *
   * @param enabled Whether calls are observed, where there is an ObservationRegistry; by default
   *     unless all ObservationHandler beans are of meters, as in Spring Boot without traces.
   */
  record Observations(@Nullable Boolean enabled) {}

  /**
   * What the actuator shows.
   *
   * @param requiredServices Services without which the component loadBalancers of the health is
   *     OUT_OF_SERVICE, for applications that are not ready without them.
   * @param writes Whether the page takes orders: to drain, disable, enable or weigh an endpoint.
   *     Who can open the page can then give them, so it has to be guarded.
   */
  record Actuator(
      @DefaultValue Set<String> requiredServices, @DefaultValue("false") boolean writes) {}
}
