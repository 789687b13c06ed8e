package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.Failover;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.cloud.autoconfigure.RefreshAutoConfiguration;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** With Spring Cloud's context. */
@Timeout(120)
class EnvironmentChangeTest {
  @TempDir private Path directory;

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration({
    EvenkeelAutoConfiguration.class,
    EnvironmentChangeAutoConfiguration.class,
    RefreshAutoConfiguration.class
  })
  static class App {}

  private void write(String... lines) throws IOException {
    Files.write(directory.resolve("application.properties"), List.of(lines));
  }

  private ConfigurableApplicationContext start() {
    return new SpringApplicationBuilder(App.class)
        .web(WebApplicationType.NONE)
        .properties("spring.config.location=file:" + directory + "/")
        .run();
  }

  private static String call(Failover failover) {
    return failover.call(RequestContext.none(), Endpoint::authority);
  }

  @Test
  void aContextThatIsRefreshedTakesOverWhatHasChanged() throws Exception {
    write(
        "hosts=10.0.0.1:80",
        "evenkeel.services.orders.endpoints=${hosts}",
        "evenkeel.services.orders.failover.deadline=2s");
    try (ConfigurableApplicationContext context = start()) {
      LoadBalancers balancers = context.getBean(LoadBalancers.class);
      Failover held = balancers.failover("orders");
      ContextRefresher refresher = context.getBean(ContextRefresher.class);
      assertThat(call(held)).isEqualTo("10.0.0.1:80");

      write(
          "hosts=10.0.0.1:80",
          "evenkeel.services.orders.endpoints=${hosts}",
          "evenkeel.services.orders.failover.deadline=3s",
          "evenkeel.services.orders.strategy=round-robin");
      assertThat(refresher.refresh()).hasSize(2);
      assertThat(held.deadline()).isEqualTo(Duration.ofSeconds(3));
      assertThat(balancers.balancer("orders").toString()).contains("RoundRobin");
      Service before = balancers.services().get(0);

      // The key is not one of ours.
      write(
          "hosts=10.0.0.2:80",
          "evenkeel.services.orders.endpoints=${hosts}",
          "evenkeel.services.orders.failover.deadline=3s",
          "evenkeel.services.orders.strategy=round-robin");
      assertThat(refresher.refresh()).containsExactly("hosts");
      assertThat(call(held)).isEqualTo("10.0.0.2:80");
      assertThat(balancers.services().get(0).backing()).isSameAs(before.backing());

      write(
          "hosts=10.0.0.2:80",
          "evenkeel.services.orders.endpoints=${hosts}",
          "evenkeel.services.orders.failover.deadline=3s",
          "evenkeel.services.orders.strategy=rond-robin");
      assertThat(refresher.refresh()).hasSize(1);
      assertThat(call(held)).isEqualTo("10.0.0.2:80");
      assertThat(balancers.balancer("orders").toString()).contains("RoundRobin");

      write(
          "evenkeel.services.orders.endpoints=10.0.0.3:80",
          "evenkeel.services.users.endpoints=10.0.1.1:80");
      var unused = refresher.refresh();
      assertThat(balancers.names()).containsExactly("orders", "users");
      assertThat(call(held)).isEqualTo("10.0.0.3:80");
      assertThat(held.deadline()).isEqualTo(Duration.ofSeconds(10));
    }
  }

  @Test
  void theEventAloneDoesIt() {
    Changing properties = Changing.of("evenkeel.services.orders.endpoints=10.0.0.1:80");
    properties
        .in(Contexts.runner())
        .withConfiguration(AutoConfigurations.of(EnvironmentChangeAutoConfiguration.class))
        .run(
            context -> {
              LoadBalancers balancers = context.getBean(LoadBalancers.class);
              properties.set("evenkeel.services.orders.endpoints=10.0.0.2:80");
              assertThat(call(balancers.failover("orders"))).isEqualTo("10.0.0.1:80");
              context.publishEvent(
                  new EnvironmentChangeEvent(
                      context, Set.of("evenkeel.services.orders.endpoints")));
              assertThat(call(balancers.failover("orders"))).isEqualTo("10.0.0.2:80");
            });
  }

  @Test
  void withoutSpringCloudItStartsAndCanBeCalled() {
    Changing properties = Changing.of("evenkeel.services.orders.endpoints=10.0.0.1:80");
    properties
        .in(Contexts.runner())
        .withConfiguration(AutoConfigurations.of(EnvironmentChangeAutoConfiguration.class))
        .withClassLoader(new FilteredClassLoader("org.springframework.cloud.context"))
        .run(
            context -> {
              assertThat(context)
                  .hasNotFailed()
                  .doesNotHaveBean(EnvironmentChangeAutoConfiguration.class);
              properties.set("evenkeel.services.orders.endpoints=10.0.0.2:80");
              LoadBalancers balancers = context.getBean(LoadBalancers.class);
              assertThat(balancers.refresh()).hasSize(1);
              assertThat(call(balancers.failover("orders"))).isEqualTo("10.0.0.2:80");
            });
  }
}
