package io.evenkeel.lb.spring.cloud;

import io.evenkeel.lb.spring.Backends;
import io.evenkeel.lb.spring.BalancerCustomizer;
import io.evenkeel.lb.spring.Contexts;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;

/** Applications with all that is auto-configured, whose clients are load-balanced. */
final class Apps {
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private Apps() {}

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class App {
    @Bean
    @LoadBalanced
    RestClient.Builder balancedRestClient() {
      return RestClient.builder();
    }

    @Bean
    @LoadBalanced
    RestTemplate balancedRestTemplate() {
      return new RestTemplate();
    }

    @Bean
    @LoadBalanced
    RestTemplateBuilder balancedRestTemplateBuilder() {
      return new RestTemplateBuilder();
    }

    @Bean
    @LoadBalanced
    WebClient.Builder balancedWebClient() {
      return WebClient.builder();
    }
  }

  /** How the application calls. */
  enum Client {
    REST_CLIENT {
      @Override
      String get(ApplicationContext context, String uri) {
        RestClient client = context.getBean("balancedRestClient", RestClient.Builder.class).build();
        return body(client.get().uri(uri).retrieve().body(String.class));
      }
    },
    REST_TEMPLATE {
      @Override
      String get(ApplicationContext context, String uri) {
        return body(
            context
                .getBean("balancedRestTemplate", RestTemplate.class)
                .getForObject(uri, String.class));
      }
    },
    WEB_CLIENT {
      @Override
      String get(ApplicationContext context, String uri) {
        return body(
            webClient(context).get().uri(uri).retrieve().bodyToMono(String.class).block(LONGEST));
      }
    };

    abstract String get(ApplicationContext context, String uri);

    private static String body(@Nullable String body) {
      return body == null ? "" : body;
    }
  }

  static WebClient webClient(ApplicationContext context) {
    return context.getBean("balancedWebClient", WebClient.Builder.class).build();
  }

  /** Spring Cloud repeats nothing here, unless a test says so. */
  static ApplicationContextRunner runner(Backends backends, String... properties) {
    return new ApplicationContextRunner()
        .withUserConfiguration(App.class)
        .withBean(
            BalancerCustomizer.class, () -> (service, balancer) -> balancer.listener(backends))
        .withPropertyValues(Contexts.quick())
        .withPropertyValues(
            "evenkeel.start-timeout=20s", "spring.cloud.loadbalancer.retry.enabled=false")
        .withPropertyValues(properties);
  }
}
