package io.evenkeel.lb.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.spring.BalancerCustomizer;
import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.FailoverCustomizer;
import io.evenkeel.lb.spring.LoadBalancers;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementContextAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.AbstractApplicationContextRunner;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;

class ConditionsTest {
  private static final String EXPOSED = "management.endpoints.web.exposure.include=loadbalancers";
  private static final String MAPPING = "evenkeelPageMapping";

  /** With the same of each kind of application. */
  private interface Check {
    void on(AbstractApplicationContextRunner<?, ?, ?> runner, boolean web);
  }

  private static void onEach(Check check) {
    AutoConfigurations used =
        AutoConfigurations.of(
            EndpointAutoConfiguration.class,
            WebEndpointAutoConfiguration.class,
            ManagementContextAutoConfiguration.class,
            EvenkeelAutoConfiguration.class,
            LoadBalancersEndpointAutoConfiguration.class);
    String orders = "evenkeel.services.orders.endpoints=10.0.0.1:80";
    check.on(
        new ApplicationContextRunner().withConfiguration(used).withPropertyValues(orders), false);
    check.on(
        new WebApplicationContextRunner().withConfiguration(used).withPropertyValues(orders), true);
    check.on(
        new ReactiveWebApplicationContextRunner()
            .withConfiguration(used)
            .withPropertyValues(orders),
        true);
  }

  private static void assertNothing(AbstractApplicationContextRunner<?, ?, ?> runner) {
    runner.run(
        context -> {
          assertThat(context.getBeansOfType(BalancerCustomizer.class)).isEmpty();
          assertThat(context.getBeansOfType(FailoverCustomizer.class)).isEmpty();
          assertThat(context.containsBean("loadBalancersEndpoint")).isFalse();
          assertThat(context.containsBean("evenkeelViewers")).isFalse();
          assertThat(context.containsBean(MAPPING)).isFalse();
        });
  }

  @Test
  void whatIsExposedIsThereAndThePageInWebApplications() {
    onEach(
        (runner, web) ->
            runner
                .withPropertyValues(EXPOSED)
                .run(
                    context -> {
                      assertThat(context.getBeansOfType(LoadBalancersEndpoint.class)).hasSize(1);
                      assertThat(context.containsBean(MAPPING)).isEqualTo(web);
                    }));
  }

  @Test
  void byDefaultItIsNotExposedAndNothingIsCounted() {
    onEach((runner, web) -> assertNothing(runner));
  }

  @Test
  void withoutAccessItIsNotThere() {
    for (String none :
        new String[] {
          "management.endpoint.loadbalancers.access=NONE",
          "management.endpoints.access.default=NONE",
          "management.endpoints.access.max-permitted=NONE"
        }) {
      onEach((runner, web) -> assertNothing(runner.withPropertyValues(EXPOSED, none)));
    }
  }

  @Test
  void ordersNeedBothSwitches() {
    onEach(
        (runner, web) -> {
          if (web) {
            assertDesk(runner.withPropertyValues(EXPOSED), false);
            assertDesk(runner.withPropertyValues(EXPOSED, "evenkeel.actuator.writes=true"), true);
            assertDesk(
                runner.withPropertyValues(
                    EXPOSED,
                    "evenkeel.actuator.writes=true",
                    "management.endpoint.loadbalancers.access=READ_ONLY"),
                false);
          }
        });
  }

  private static void assertDesk(AbstractApplicationContextRunner<?, ?, ?> runner, boolean open) {
    runner.run(context -> assertThat(context.getBean(OrderDesk.class).isOpen()).isEqualTo(open));
  }

  @Test
  void withoutBalancersItIsNotThere() {
    onEach(
        (runner, web) ->
            assertNothing(runner.withPropertyValues(EXPOSED, "evenkeel.enabled=false")));
  }

  @Test
  void exposedByJmxAloneItHasNoPage() {
    onEach(
        (runner, web) ->
            runner
                .withPropertyValues(
                    "spring.jmx.enabled=true",
                    "management.endpoints.jmx.exposure.include=loadbalancers")
                .run(
                    context -> {
                      assertThat(context.getBeansOfType(LoadBalancersEndpoint.class)).hasSize(1);
                      assertThat(context.containsBean(MAPPING)).isFalse();
                    }));
  }

  @Test
  void withoutJacksonThereIsTheEndpointWithoutThePage() {
    onEach(
        (runner, web) ->
            runner
                .withPropertyValues(EXPOSED)
                .withClassLoader(new FilteredClassLoader("tools.jackson"))
                .run(
                    context -> {
                      assertThat(context.getBeansOfType(LoadBalancersEndpoint.class)).hasSize(1);
                      assertThat(context.containsBean(MAPPING)).isFalse();
                    }));
  }

  @Test
  void withoutActuatorTheApplicationStarts() {
    new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                EvenkeelAutoConfiguration.class, LoadBalancersEndpointAutoConfiguration.class))
        .withPropertyValues(EXPOSED, "evenkeel.actuator.writes=true")
        .withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(LoadBalancers.class)
                    .doesNotHaveBean("loadBalancersEndpoint"));
  }
}
