package io.evenkeel.lb.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.gate.Breakers;
import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.LoadBalancers;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class ServicesHealthTest {
  private static final String[] ORDERS = {
    "evenkeel.services.orders.endpoints=10.0.0.1:80,10.0.0.2:80",
    "evenkeel.services.orders.panic-threshold=0",
    "evenkeel.services.orders.health.enabled=false",
    "evenkeel.services.orders.failover.breaker.enabled=true",
    "evenkeel.services.stock.endpoints=10.0.0.3:80",
    "management.endpoints.web.exposure.include=health",
    "management.endpoint.health.show-details=always",
  };

  private static final ApplicationContextRunner RUNNER =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  EvenkeelAutoConfiguration.class, ServicesHealthAutoConfiguration.class))
          .withPropertyValues(ORDERS);

  private static Site site(WebApplicationType stack, String... more) {
    String[] all = new String[ORDERS.length + more.length];
    System.arraycopy(ORDERS, 0, all, 0, ORDERS.length);
    System.arraycopy(more, 0, all, ORDERS.length, more.length);
    return Site.of(stack, all);
  }

  /** All requests to orders fail for so long that every breaker is open. */
  private static void breakOrders(Site site) {
    Balancer orders = site.balancers().balancer("orders");
    for (int i = 0; i < 50; i++) {
      for (Node node : orders.nodes()) {
        long stamp = node.begin();
        if (stamp != Node.REFUSED) {
          node.end(stamp, Outcome.FAILURE);
        }
      }
    }
    Site.eventually(
        "nothing can be chosen", () -> orders.explain(RequestContext.none()).refusal() != null);
  }

  private static void mendOrders(Site site) {
    Balancer orders = site.balancers().balancer("orders");
    orders.policies().stream()
        .filter(Breakers.class::isInstance)
        .flatMap(each -> ((Breakers) each).registry().getAllCircuitBreakers().stream())
        .forEach(CircuitBreaker::transitionToClosedState);
    Site.eventually(
        "an endpoint can be chosen", () -> orders.explain(RequestContext.none()).refusal() == null);
    Lease lease = orders.lease(RequestContext.none());
    lease.end(Outcome.SUCCESS);
  }

  private static void assertHealth(Site site, String path, int status, String word)
      throws Exception {
    var answer = site.get("/actuator/health" + path);
    assertThat(answer.body()).as(path).contains("\"status\":\"" + word + "\"");
    assertThat(answer.statusCode()).as(path).isEqualTo(status);
  }

  /** As Resilience4j 607 had it: restarting all that call a service is no help to it. */
  @Test
  void openBreakersTurnNeitherLivenessNorReadinessNorTheWholeDown() throws Exception {
    for (WebApplicationType stack :
        new WebApplicationType[] {WebApplicationType.SERVLET, WebApplicationType.REACTIVE}) {
      try (Site site = site(stack)) {
        assertHealth(site, "/loadBalancers/orders", 200, "UP");
        breakOrders(site);
        assertHealth(site, "/loadBalancers/orders", 200, "UNREACHABLE");
        assertThat(site.get("/actuator/health/loadBalancers/orders").body())
            .contains("\"endpoints\":2", "\"inService\":0");
        assertHealth(site, "/loadBalancers/stock", 200, "UP");
        assertThat(site.get("/actuator/health").body()).startsWith("{");
        assertThat(site.get("/actuator/health").statusCode()).isEqualTo(200);
        assertHealth(site, "/liveness", 200, "UP");
        assertHealth(site, "/readiness", 200, "UP");
        mendOrders(site);
        assertHealth(site, "/loadBalancers/orders", 200, "UP");
      }
    }
  }

  @Test
  void readinessDependsOnAServiceWhereThatIsAskedForAndLivenessDoesNot() throws Exception {
    try (Site site =
        site(
            WebApplicationType.SERVLET,
            "evenkeel.actuator.required-services=Orders",
            "management.endpoint.health.group.readiness.include=readinessState,loadBalancers")) {
      assertHealth(site, "/readiness", 200, "UP");
      breakOrders(site);
      assertHealth(site, "/readiness", 503, "OUT_OF_SERVICE");
      assertHealth(site, "/liveness", 200, "UP");
      assertHealth(site, "/loadBalancers/orders", 503, "OUT_OF_SERVICE");
      mendOrders(site);
      assertHealth(site, "/readiness", 200, "UP");
    }
  }

  @Test
  void onlyServicesCanBeRequired() {
    RUNNER
        .withPropertyValues(
            "evenkeel.actuator.required-services[0]=orders",
            "evenkeel.actuator.required-services[1]=oders")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .isInstanceOfSatisfying(
                        InvalidConfigurationPropertyValueException.class,
                        failure -> {
                          assertThat(failure.getName())
                              .isEqualTo("evenkeel.actuator.required-services");
                          assertThat(failure.getValue()).isEqualTo("oders");
                          assertThat(failure.getReason()).contains("orders", "stock");
                        }));
  }

  @Test
  void itCanBeSwitchedOff() {
    RUNNER.run(context -> assertThat(context).hasSingleBean(HealthContributor.class));
    RUNNER
        .withPropertyValues("management.health.loadbalancers.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(HealthContributor.class));
    RUNNER
        .withPropertyValues("evenkeel.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(HealthContributor.class));
  }

  @Test
  void withoutHealthTheApplicationStarts() {
    RUNNER
        .withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
        .run(
            context ->
                assertThat(context)
                    .hasSingleBean(LoadBalancers.class)
                    .doesNotHaveBean("loadBalancersHealthContributor"));
  }
}
