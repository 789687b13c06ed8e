package io.evenkeel.lb.spring.aot;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.strategy.RoundRobin;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeansException;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

/**
 * An application with all that the starter knows, in a JVM of its own: all clients, the page,
 * meters, Resilience4j's registries and Spring Cloud LoadBalancer. It ends with its standard input.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@ImportHttpServices(group = "orders", types = ProcessedApplication.Orders.class)
@Import(ProcessedApplication.Desk.class)
class ProcessedApplication {
  static final String READY = "listens at ";

  /** What is decided when the application is processed, and not when it starts. */
  private static final String[] WHEN_PROCESSED = {
    "management.endpoints.web.exposure.include=loadbalancers,metrics",
    "spring.cloud.loadbalancer.eager-load.clients=orders,prices",
    "spring.cloud.refresh.enabled=false",
    "spring.http.serviceclient.orders.base-url=http://orders",
    "spring.main.banner-mode=off",
    "server.address=127.0.0.1",
    "server.port=0",
    "logging.level.root=warn"
  };

  public static void main(String... args) throws IOException {
    try (ConfigurableApplicationContext context =
        new SpringApplicationBuilder(ProcessedApplication.class)
            .properties(WHEN_PROCESSED)
            .run(args)) {
      System.out.println(READY + context.getEnvironment().getProperty("local.server.port"));
      System.in.transferTo(OutputStream.nullOutputStream());
    } catch (BeansException e) {
      // There is no logger here that would show the analysis.
      for (Throwable each = e; each != null; each = each.getCause()) {
        System.out.println(each.getMessage());
      }
      throw e;
    }
  }

  @Bean
  Strategy inTurn() {
    return RoundRobin.of();
  }

  /** Spring Cloud's own client. */
  @Bean
  @LoadBalanced
  RestTemplate cloud() {
    return new RestTemplate();
  }

  interface Orders {
    @GetExchange("/{id}")
    String order(@PathVariable String id);
  }

  /** Makes calls when it is asked to. */
  @RestController
  static class Desk {
    private static final Duration LONGEST = Duration.ofSeconds(20);

    private final RestClient blocking;
    private final WebClient reactive;
    private final RestTemplate cloud;
    private final Orders orders;

    Desk(
        RestClient.Builder blocking,
        WebClient.Builder reactive,
        RestTemplate cloud,
        Orders orders) {
      this.blocking = blocking.build();
      this.reactive = reactive.build();
      this.cloud = cloud;
      this.orders = orders;
    }

    @GetMapping("/rest-client/{id}")
    @Nullable String ofRestClient(@PathVariable String id) {
      return blocking.get().uri("http://orders/{id}", id).retrieve().body(String.class);
    }

    @GetMapping("/web-client/{id}")
    @Nullable String ofWebClient(@PathVariable String id) {
      return reactive
          .get()
          .uri("http://orders/{id}", id)
          .retrieve()
          .bodyToMono(String.class)
          .block(LONGEST);
    }

    @GetMapping("/interface/{id}")
    String ofInterface(@PathVariable String id) {
      return orders.order(id);
    }

    /** Of a service that Evenkeel is not told of. */
    @GetMapping("/cloud/{id}")
    String ofCloud(@PathVariable String id) {
      return requireNonNull(cloud.getForObject("http://prices/{id}", String.class, id));
    }
  }
}
