package io.evenkeel.lb.spring.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.LoadBalancers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ApplicationContext;

@Timeout(60)
class SpringCloudAutoConfigurationTest {
  private static ApplicationContextRunner runner(String... properties) {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                EvenkeelAutoConfiguration.class,
                LoadBalancerAutoConfiguration.class,
                SpringCloudAutoConfiguration.class))
        .withPropertyValues(
            "evenkeel.drain-timeout=0s",
            "evenkeel.services.orders.endpoints=10.0.0.1:8080,10.0.0.2:8080")
        .withPropertyValues(properties);
  }

  private static ReactiveLoadBalancer<ServiceInstance> balancer(ApplicationContext context) {
    return context.getBean(LoadBalancerClientFactory.class).getInstance("orders");
  }

  @Test
  void theBalancerIsOurs() {
    runner().run(context -> assertThat(balancer(context)).isInstanceOf(EvenkeelLoadBalancer.class));
  }

  @ParameterizedTest
  @ValueSource(strings = {"evenkeel.spring-cloud.enabled=false", "evenkeel.enabled=false"})
  void itIsSpringsOwnIfThatIsSaid(String property) {
    runner(property)
        .run(
            context -> {
              assertThat(context).doesNotHaveBean(SpringCloudAutoConfiguration.class);
              assertThat(balancer(context)).isInstanceOf(RoundRobinLoadBalancer.class);
            });
  }

  @Test
  void nothingIsDoneWhereSpringCloudDoesNotBalance() {
    runner("spring.cloud.loadbalancer.enabled=false")
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .doesNotHaveBean(SpringCloudAutoConfiguration.class));
  }

  @ParameterizedTest
  @ValueSource(strings = {"org.springframework.cloud.loadbalancer", "org.springframework.cloud"})
  void nothingIsDoneWithoutSpringCloud(String missing) {
    new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                EvenkeelAutoConfiguration.class, SpringCloudAutoConfiguration.class))
        .withPropertyValues(
            "evenkeel.drain-timeout=0s", "evenkeel.services.orders.endpoints=10.0.0.1:8080")
        .withClassLoader(new FilteredClassLoader(missing))
        .run(
            context -> {
              assertThat(context)
                  .hasNotFailed()
                  .doesNotHaveBean(SpringCloudAutoConfiguration.class);
              assertThat(context.getBean(LoadBalancers.class).names()).containsExactly("orders");
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.springframework.web.reactive",
        "org.springframework.boot.restclient",
        "org.springframework.retry"
      })
  void clientsMayBeMissing(String missing) {
    runner()
        .withClassLoader(new FilteredClassLoader(missing))
        .run(context -> assertThat(balancer(context)).isInstanceOf(EvenkeelLoadBalancer.class));
  }
}
