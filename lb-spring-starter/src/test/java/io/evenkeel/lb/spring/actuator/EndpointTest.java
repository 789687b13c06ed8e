package io.evenkeel.lb.spring.actuator;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.gate.Breakers;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.health.Order;
import io.evenkeel.lb.spring.BalancerCustomizer;
import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.LoadBalancers;
import io.evenkeel.lb.spring.actuator.ServiceView.EndpointView;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualSource;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

class EndpointTest {
  private static final Instant NOW = Instant.parse("2026-11-22T03:04:05Z");
  private static final FakeTicker TICKER = new FakeTicker();

  /** As auto-configured, but for the clocks. */
  static class Config {
    @Bean
    Recorder recorder(HealthRegistry health) {
      return new Recorder(TICKER, InstantSource.fixed(NOW), health);
    }

    @Bean
    LoadBalancersEndpoint endpoint(
        LoadBalancers balancers, Recorder recorder, HealthRegistry health, Environment settings) {
      return new LoadBalancersEndpoint(
          new Services(balancers, recorder, health, InstantSource.fixed(NOW)), Seeds.of(settings));
    }
  }

  private static ApplicationContextRunner runner(String... properties) {
    return new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(EvenkeelAutoConfiguration.class))
        .withUserConfiguration(Config.class)
        .withPropertyValues("evenkeel.drain-timeout=0s")
        .withPropertyValues(properties);
  }

  private static ApplicationContextRunner orders(String... properties) {
    return runner(properties)
        .withPropertyValues(
            "evenkeel.services.orders.endpoints[0]=10.0.0.1:80 weight=3 zone=a",
            "evenkeel.services.orders.endpoints[1]=10.0.0.2:80",
            "evenkeel.services.orders.endpoints[2]=https://10.0.0.3:81 weight=0");
  }

  private static ServiceView view(LoadBalancersEndpoint endpoint) {
    return (ServiceView) requireNonNull(endpoint.one("Orders", null));
  }

  private static EndpointView of(ServiceView view, String id) {
    return view.endpoints().stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
  }

  @Test
  void aServiceIsShownWithWhatItDoes() {
    orders()
        .run(
            context -> {
              LoadBalancersEndpoint endpoint = context.getBean(LoadBalancersEndpoint.class);
              Balancer balancer = context.getBean(LoadBalancers.class).balancer("orders");
              List<Lease> open = List.of(lease(balancer), lease(balancer));
              for (int i = 0; i < 10; i++) {
                lease(balancer).end(i < 2 ? Outcome.FAILURE : Outcome.SUCCESS);
              }
              context
                  .getBean(LoadBalancers.class)
                  .failover("orders")
                  .call(CallContext.idempotent(), any -> "done");
              TICKER.advance(Duration.ofSeconds(5));

              ServiceView view = view(endpoint);
              assertThat(view.name()).isEqualTo("orders");
              assertThat(view.strategy()).contains("IdleFirst");
              assertThat(view.endpointsTotal()).isEqualTo(3);
              assertThat(view.endpointsInService()).isEqualTo(2);
              assertThat(view.inFlight()).isEqualTo(2);
              assertThat(view.lastFiveSeconds().requestsPerSecond()).isEqualTo(2.2);
              assertThat(view.lastMinute().requests()).isEqualTo(11);
              assertThat(view.lastMinute().failures()).isEqualTo(2);
              assertThat(view.lastMinute().latencyP99Millis()).isNotNull();
              assertThat(view.calls().lastMinute().requests()).isEqualTo(1);
              assertThat(view.calls().deadlineMillis()).isEqualTo(10_000);
              assertThat(view.retryBudget().unlimited()).isFalse();
              assertThat(view.retryBudget().attemptsLeft()).isPositive();
              assertThat(view.retryBudget().leftPercent()).isEqualTo(100);
              EndpointView first = of(view, "10.0.0.1:80");
              assertThat(first.zone()).isEqualTo("a");
              assertThat(first.weight()).isEqualTo(3);
              assertThat(first.targetPercent()).isEqualTo(75);
              assertThat(first.state()).isEqualTo("up");
              EndpointView second = of(view, "10.0.0.2:80");
              assertThat(
                      requireNonNull(first.sharePercent()) + requireNonNull(second.sharePercent()))
                  .isBetween(99.0, 101.0);
              assertThat(first.requestsTotal() + second.requestsTotal()).isEqualTo(11);
              EndpointView drained = of(view, "10.0.0.3:81");
              assertThat(drained.secure()).isTrue();
              assertThat(drained.state()).isEqualTo("draining");
              assertThat(drained.inService()).isFalse();
              assertThat(drained.why()).isEqualTo("weight 0");
              assertThat(view.events()).hasSize(1);
              assertThat(view.events().get(0).kind()).isEqualTo("endpoints");
              assertThat(view.events().get(0).at()).isEqualTo(NOW);
              open.forEach(each -> each.end(Outcome.CANCELLED));

              assertThat(endpoint.all().services()).containsExactly(view(endpoint).summary());
              assertThat(endpoint.one("nobody", null)).isNull();
            });
  }

  private static Lease lease(Balancer balancer) {
    return balancer.lease(RequestContext.none());
  }

  @Test
  void anOrderIsShownWithItsReason() {
    orders()
        .run(
            context -> {
              context
                  .getBean(HealthRegistry.class)
                  .disable(
                      "orders",
                      "10.0.0.2:80",
                      Order.by("ann", "new disk\u202e").expiringAfter(Duration.ofHours(1)));
              LoadBalancersEndpoint endpoint = context.getBean(LoadBalancersEndpoint.class);
              EndpointView second = of(view(endpoint), "10.0.0.2:80");
              assertThat(second.state()).isEqualTo("disabled");
              // The balancer looks at it soon after.
              long patience = System.nanoTime() + Duration.ofSeconds(20).toNanos();
              while (second.inService() && System.nanoTime() - patience < 0) {
                second = of(view(endpoint), "10.0.0.2:80");
              }
              assertThat(second.inService()).isFalse();
              assertThat(second.why()).contains("ann", "new disk\\u202e").doesNotContain("\u202e");
              assertThat(second.since()).isBetween(NOW.minusSeconds(60), NOW.plusSeconds(1));
              EventLog.Entry last = view(endpoint).events().get(1);
              assertThat(last.kind()).isEqualTo("disabled");
              assertThat(last.endpoint()).isEqualTo("10.0.0.2:80");
            });
  }

  @Test
  void anOpenBreakerIsTold() {
    orders(
            "evenkeel.services.orders.failover.breaker.minimum-calls=2",
            "evenkeel.services.orders.failover.breaker.window=2",
            "evenkeel.services.orders.panic-threshold=0",
            "evenkeel.services.orders.strategy=round-robin",
            "evenkeel.services.orders.health.enabled=false")
        .run(
            context -> {
              Balancer balancer = context.getBean(LoadBalancers.class).balancer("orders");
              LoadBalancersEndpoint endpoint = context.getBean(LoadBalancersEndpoint.class);
              for (int i = 0; i < 100; i++) {
                Lease lease = lease(balancer);
                boolean bad = lease.endpoint().id().equals("10.0.0.2:80");
                lease.end(bad ? Outcome.FAILURE : Outcome.SUCCESS);
              }
              Site.eventually(
                  "the breaker is told",
                  () -> of(view(endpoint), "10.0.0.2:80").state().equals("refused"));
              EndpointView refused = of(view(endpoint), "10.0.0.2:80");
              assertThat(refused.why())
                  .isEqualTo("its breaker is open: 100.0 % of its requests failed");
              assertThat(refused.gates()).isEqualTo(new GateView("open", 100.0, null));
              EndpointView first = of(view(endpoint), "10.0.0.1:80");
              assertThat(first.state()).isEqualTo("up");
              assertThat(first.why()).isEmpty();
              assertThat(first.gates()).isEqualTo(new GateView("closed", 0.0, null));
              assertThat(of(view(endpoint), "10.0.0.3:81").why()).isEqualTo("weight 0");
              breaker(balancer, "10.0.0.1:80").transitionToForcedOpenState();
              lease(balancer, "10.0.0.1:80");
              Site.eventually(
                  "an order of people is told",
                  () -> of(view(endpoint), "10.0.0.1:80").state().equals("refused"));
              assertThat(of(view(endpoint), "10.0.0.1:80").why())
                  .isEqualTo("its breaker is forced open");
            });
  }

  private static CircuitBreaker breaker(Balancer balancer, String endpoint) {
    Breakers breakers = (Breakers) balancer.policies().get(0);
    return breakers.registry().find(balancer.name() + "/" + endpoint).orElseThrow();
  }

  /** The node looks at its gate only when a request comes. */
  private static void lease(Balancer balancer, String endpoint) {
    Node node =
        balancer.nodes().stream()
            .filter(each -> each.endpoint().id().equals(endpoint))
            .findFirst()
            .orElseThrow();
    assertThat(node.begin()).isEqualTo(Node.REFUSED);
  }

  @Test
  void theStricterOfLimitAndBulkheadIsTold() {
    String failover = "evenkeel.services.orders.failover.";
    orders(failover + "limits.least=20", failover + "bulkhead.max-concurrent-calls=7")
        .run(
            context ->
                assertThat(view(context.getBean(LoadBalancersEndpoint.class)).endpoints())
                    .extracting(EndpointView::gates)
                    .hasSize(3)
                    .containsOnly(new GateView(null, null, 7)));
    orders(failover + "limits.least=20", failover + "limits.most=20")
        .run(
            context ->
                assertThat(view(context.getBean(LoadBalancersEndpoint.class)).endpoints())
                    .extracting(EndpointView::gates)
                    .hasSize(3)
                    .containsOnly(new GateView(null, null, 20)));
  }

  @Test
  void breakersOfOtherBalancersInTheSameRegistryAreNotTold() {
    Breakers shared = Breakers.ofDefaults();
    runner(
            "evenkeel.services.a.endpoints=10.0.0.1:80",
            "evenkeel.services.a-b.endpoints=10.0.0.1:80,10.0.0.2:80")
        .withBean(BalancerCustomizer.class, () -> (service, balancer) -> balancer.health(shared))
        .run(
            context -> {
              Balancer a = context.getBean(LoadBalancers.class).balancer("a");
              assertThat(GateView.of(a)).containsOnlyKeys("10.0.0.1:80");
              breaker(a, "10.0.0.1:80").transitionToOpenState();
              Balancer other = context.getBean(LoadBalancers.class).balancer("a-b");
              assertThat(GateView.of(other))
                  .hasSize(2)
                  .containsEntry("10.0.0.1:80", new GateView("closed", null, null));
            });
  }

  @Test
  void endpointsThatLeaveTakeTheirCountsWithThem() {
    ManualSource source = ManualSource.of(Endpoint.of("10.0.0.1", 80), Endpoint.of("10.0.0.2", 80));
    runner()
        .withBean("orders", EndpointSource.class, () -> source)
        .run(
            context -> {
              LoadBalancersEndpoint endpoint = context.getBean(LoadBalancersEndpoint.class);
              Recorder recorder = context.getBean(Recorder.class);
              Lease open = lease(context.getBean(LoadBalancers.class).balancer("orders"));
              String id = open.endpoint().id();
              source.publish(Endpoint.of("10.0.0.3", 80));
              assertThat(view(endpoint).endpoints())
                  .extracting(EndpointView::id)
                  .containsExactly("10.0.0.3:80");
              assertThat(recorder.log("orders").traffic(id)).isNull();
              open.end(Outcome.SUCCESS);
              assertThat(recorder.log("orders").traffic(id)).isNull();
              assertThat(view(endpoint).events().get(1).text())
                  .isEqualTo("1 now; 1 came: 10.0.0.3:80; 2 left: 10.0.0.1:80, 10.0.0.2:80");
              source.fail(new IllegalStateException("no\nroute"));
              assertThat(view(endpoint).events().get(2).kind()).isEqualTo("source failed");
              assertThat(view(endpoint).events().get(2).text()).contains("no\\u000aroute");
            });
  }

  @Test
  void endpointsThatAreLeftOutAreAnEvent() {
    ManualSource source =
        ManualSource.of(Endpoint.of("10.0.0.1", 80), Endpoint.of("127.0.0.1", 80));
    runner()
        .withBean("orders", EndpointSource.class, () -> source)
        .withPropertyValues("evenkeel.services.orders.addresses=routable")
        .run(
            context -> {
              EventLog.Entry first =
                  view(context.getBean(LoadBalancersEndpoint.class)).events().get(0);
              assertThat(first.kind()).isEqualTo("endpoints refused");
              assertThat(first.text()).isEqualTo("by policy ROUTABLE; 1 left out: 127.0.0.1:80");
            });
  }

  @Test
  void theLastTwoHundredEventsAreKept() {
    EventLog log = new EventLog(InstantSource.fixed(NOW));
    for (int i = 1; i <= 250; i++) {
      log.add("kind", null, "event " + i);
    }
    assertThat(log.entries()).hasSize(200);
    assertThat(log.entries().get(0).text()).isEqualTo("event 51");
    assertThat(log.entries().get(199).number()).isEqualTo(250);
  }

  @Test
  void aKeyIsShownWithWhereItGoes() {
    String[] ids = new String[9];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = "10.0.0." + i + ":80";
    }
    for (String seed : List.of("services.Orders", "defaults")) {
      runner(
              "evenkeel.services.Orders.endpoints=" + String.join(",", ids),
              "evenkeel.services.Orders.strategy=maglev",
              "evenkeel." + seed + ".affinity.seed=17")
          .run(
              context -> {
                LoadBalancersEndpoint endpoint = context.getBean(LoadBalancersEndpoint.class);
                Balancer balancer = context.getBean(LoadBalancers.class).balancer("orders");
                for (String key : List.of("alice", "bob", "carol")) {
                  KeyView view = (KeyView) requireNonNull(endpoint.one("orders", key));
                  assertThat(view.choices()).hasSize(5).doesNotHaveDuplicates();
                  long affinity = io.evenkeel.lb.strategy.Affinity.seeded(17).of(key);
                  RequestContext context2 =
                      new RequestContext() {
                        @Override
                        public long affinity() {
                          return affinity;
                        }
                      };
                  assertThat(view.choices().get(0).endpoint())
                      .isEqualTo(balancer.select(context2).endpoint().id());
                }
              });
    }
  }
}
