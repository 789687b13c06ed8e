package io.evenkeel.lb.benchmark.boot.shop;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;

/** An application of Spring Cloud, in which nothing is ours. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class Shop {
  @Bean
  @LoadBalanced
  RestClient.Builder balancedClient() {
    return RestClient.builder();
  }

  @Bean
  Orders orders(@LoadBalanced RestClient.Builder client) {
    return new Orders(client.build());
  }
}
