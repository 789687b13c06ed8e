package io.evenkeel.lb.benchmark.boot.shop;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;

/**
 * The same without {@code @LoadBalanced}: the client is Spring Boot's, which nobody but the starter
 * balances.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class PlainShop {
  @Bean
  Orders orders(RestClient.Builder client) {
    return new Orders(client.build());
  }
}
