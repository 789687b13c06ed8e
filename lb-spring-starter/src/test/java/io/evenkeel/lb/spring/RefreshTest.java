package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.health.HealthState;
import io.evenkeel.lb.health.Order;
import io.evenkeel.lb.testkit.ManualSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationListener;

@Timeout(60)
class RefreshTest {
  private static final String ORDERS = "evenkeel.services.orders.";
  private static final String USERS = "evenkeel.services.users.";

  private final Changing properties =
      Changing.of(
          ORDERS + "endpoints=10.0.0.1:80,10.0.0.2:80",
          USERS + "endpoints=10.0.1.1:80",
          USERS + "failover.deadline=3s");

  private interface Check {
    void with(LoadBalancers balancers) throws Exception;
  }

  private static ApplicationContextRunner runner() {
    return Contexts.runner("evenkeel.start-timeout=0s");
  }

  private void run(ApplicationContextRunner runner, Check check) {
    properties
        .in(runner)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              check.with(context.getBean(LoadBalancers.class));
            });
  }

  private static Service service(LoadBalancers balancers, String name) {
    return Objects.requireNonNull(balancers.find(name));
  }

  private static Balancer behind(LoadBalancers balancers) {
    return service(balancers, "orders").backing().balancer();
  }

  private static String call(Failover failover) {
    return failover.call(RequestContext.none(), Endpoint::authority);
  }

  @Test
  void whatHasNotChangedStays() {
    run(
        runner(),
        balancers -> {
          List<Service> before = balancers.services();
          assertThat(balancers.refresh()).isEmpty();
          properties.set(ORDERS + "failover.attempts=2", "unrelated=1");
          assertThat(balancers.refresh())
              .containsExactly(
                  "orders: failover.attempts from what it is by default to 2 (the same balancer)");
          assertThat(service(balancers, "users")).isSameAs(before.get(1));
          assertThat(service(balancers, "orders")).isNotSameAs(before.get(0));
        });
  }

  @Test
  void otherCallsHaveTheSameBalancer() {
    run(
        runner(),
        balancers -> {
          Failover held = balancers.failover("orders");
          Balancer balancer = behind(balancers);
          properties.set(
              ORDERS + "failover.deadline=7s",
              ORDERS + "failover.deadline-header=X-Left",
              ORDERS + "failover.idempotent=true",
              ORDERS + "failover.backoff.base=1ms",
              ORDERS + "failover.budget.share=0.5",
              ORDERS + "failover.hedging.delay=50ms",
              ORDERS + "failover.throttle.factor=3",
              ORDERS + "affinity.header=X-Account");
          assertThat(balancers.refresh()).hasSize(1);
          assertThat(behind(balancers)).isSameAs(balancer);
          assertThat(balancers.failover("orders")).isSameAs(held);
          assertThat(held.deadline()).isEqualTo(Duration.ofSeconds(7));
          assertThat(held.toString())
              .contains("throttle factor 3.0", "hedge", "of any call", "50.0 %");
          assertThat(service(balancers, "orders").deadlineHeader()).isEqualTo("X-Left");
          assertThat(service(balancers, "orders").affinity().of(name -> name)).isNotZero();
          assertThat(call(held)).startsWith("10.0.0.");
        });
  }

  @Test
  void whatIsLiveOfCallsOutlastsOtherSettings() {
    properties.set(ORDERS + "failover.throttle.factor=3");
    run(
        runner(),
        balancers -> {
          Calls.Live first = service(balancers, "orders").live();
          properties.set(ORDERS + "failover.deadline=7s", ORDERS + "strategy=random");
          assertThat(balancers.refresh()).hasSize(1);
          assertThat(service(balancers, "orders").live().budget()).isSameAs(first.budget());
          assertThat(service(balancers, "orders").live().throttle()).isSameAs(first.throttle());

          properties.set(ORDERS + "failover.budget.share=0.5");
          assertThat(balancers.refresh()).hasSize(1);
          Calls.Live second = service(balancers, "orders").live();
          assertThat(second.budget().toString()).isEqualTo("50.0 % of PT10S");
          assertThat(second.throttle()).isSameAs(first.throttle());

          properties.set(ORDERS + "failover.throttle.factor=4");
          assertThat(balancers.refresh()).hasSize(1);
          Calls.Live third = service(balancers, "orders").live();
          assertThat(third.budget()).isSameAs(second.budget());
          assertThat(String.valueOf(third.throttle())).contains("factor 4.0");

          properties.set(ORDERS + "failover.throttle.factor");
          assertThat(balancers.refresh()).hasSize(1);
          assertThat(service(balancers, "orders").live().throttle()).isNull();
        });
  }

  @Test
  void endpointsThatStayAreTheSameNodes() {
    run(
        runner(),
        balancers -> {
          Balancer held = balancers.balancer("orders");
          Balancer behind = behind(balancers);
          List<Node> before = held.nodes();
          Lease lease = held.lease(RequestContext.none());
          Lease other = held.lease(RequestContext.none());
          properties.set(
              ORDERS + "endpoints=10.0.0.2:80,10.0.0.3:80", ORDERS + "failover.deadline=7s");
          assertThat(balancers.refresh())
              .containsExactly(
                  "orders: endpoints from [10.0.0.1:80, 10.0.0.2:80] to [10.0.0.2:80, 10.0.0.3:80],"
                      + " failover.deadline from what it is by default to PT7S (the same"
                      + " balancer)");
          assertThat(behind(balancers)).isSameAs(behind);
          assertThat(held.endpoints().endpoints())
              .containsExactly(Endpoint.of("10.0.0.2", 80), Endpoint.of("10.0.0.3", 80));
          assertThat(held.nodes().get(0)).isSameAs(before.get(1));
          assertThat(held.nodes().get(0).inFlight()).isOne();
          assertThat(balancers.failover("orders").deadline()).isEqualTo(Duration.ofSeconds(7));
          lease.end(Outcome.SUCCESS);
          other.end(Outcome.SUCCESS);
          assertThat(before).allSatisfy(node -> assertThat(node.inFlight()).isZero());
        });
  }

  @Test
  void whoHoldsABalancerHasTheOneThatIsPresent() {
    run(
        runner(),
        balancers -> {
          Balancer held = balancers.balancer("orders");
          Failover calls = balancers.failover("orders");
          Balancer old = behind(balancers);
          List<Node> nodes = held.nodes();
          Lease lease = held.lease(RequestContext.none());
          properties.set(ORDERS + "strategy=round-robin", ORDERS + "panic-threshold=0");
          assertThat(balancers.refresh())
              .containsExactly(
                  "orders: panic-threshold from what it is by default to 0.0, strategy from what it"
                      + " is by default to round-robin (another balancer)");
          assertThat(balancers.balancer("orders")).isSameAs(held);
          assertThat(held.toString()).contains("RoundRobin");
          assertThat(held.explain(RequestContext.none()).strategy()).contains("RoundRobin");
          assertThat(behind(balancers)).isNotSameAs(old);
          assertThatThrownBy(() -> old.select(RequestContext.none()))
              .isInstanceOf(NoEndpointException.class);
          assertThat(held.select(RequestContext.none()).endpoint().port()).isEqualTo(80);
          assertThat(held.ready(Duration.ofSeconds(1))).isCompleted();
          assertThat(held.capacity()).isEqualTo(1);
          assertThat(call(calls)).startsWith("10.0.0.");

          assertThat(nodes.stream().mapToInt(Node::inFlight).sum()).isOne();
          assertThat(balancers.busy()).hasSize(1);
          assertThat(lease.end(Outcome.SUCCESS)).isTrue();
          assertThat(nodes.stream().mapToInt(Node::inFlight).sum()).isZero();
          assertThat(balancers.busy()).isEmpty();
        });
  }

  @ParameterizedTest
  @CsvSource({
    "failover.breaker.failure-rate=20, Breakers",
    "failover.limits.most=50, AdaptiveLimits",
    "failover.bulkhead.max-concurrent-calls=7, Bulkheads",
    "health.ramp=3s, PT3S",
    "health.enabled=false, Balancer",
    "lease-limit=3s, PT3S",
    "around.bounded-load=1.5, BoundedLoad",
    "strategy-options.metric=requests, IdleFirst"
  })
  void whatABalancerIsMadeOfMakesAnother(String property, String shown) {
    run(
        runner(),
        balancers -> {
          Balancer old = behind(balancers);
          properties.set(ORDERS + property);
          assertThat(balancers.refresh()).singleElement().asString().endsWith("(another balancer)");
          assertThat(behind(balancers)).isNotSameAs(old);
          assertThat(balancers.balancer("orders").toString()).contains(shown);
        });
  }

  @Test
  void anotherBalancerBeginsWithTheEndpointsThatAreKnown() {
    AtomicInteger asked = new AtomicInteger();
    ManualSource answers = ManualSource.of(Endpoint.of("10.0.2.1", 80));
    ManualSource silent = new ManualSource();
    EndpointSource source = () -> (asked.incrementAndGet() == 1 ? answers : silent).snapshots();
    run(
        runner().withBean("stock", EndpointSource.class, () -> source),
        balancers -> {
          assertThat(balancers.names()).containsExactly("orders", "stock", "users");
          properties.set("evenkeel.services.stock.strategy=round-robin");
          assertThat(balancers.refresh()).hasSize(1);
          assertThat(asked).hasValue(2);
          assertThat(call(balancers.failover("stock"))).isEqualTo("10.0.2.1:80");
          assertThat(answers.subscribers()).isZero();
          silent.publish(Endpoint.of("10.0.2.2", 80));
          assertThat(call(balancers.failover("stock"))).isEqualTo("10.0.2.2:80");
        });
    assertThat(silent.subscribers()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "evenkeel.services.users.stratgy=random | evenkeel.services.users.stratgy",
        "evenkeel.servces.users.strategy=random | evenkeel.servces.users.strategy",
        "evenkeel.services.users.failover.deadline=soon"
            + " | evenkeel.services.users.failover.deadline",
        "evenkeel.services.users.failover.deadline=-1s"
            + " | evenkeel.services.users.failover.deadline",
        "evenkeel.services.users.strategy=best | evenkeel.services.users.strategy",
        "evenkeel.services.users.endpoints=a:b | evenkeel.services.users.endpoints[0]",
        "evenkeel.services.users.health.max-ejected-share=2"
            + " | evenkeel.services.users.health.max-ejected-share",
        "evenkeel.services.zzz.strategy=random | evenkeel.services.zzz.endpoints",
        "evenkeel.defaults.endpoints=a:1 | evenkeel.defaults.endpoints"
      })
  void whatIsRefusedChangesNothing(String property, String named) {
    ManualSource source = ManualSource.of(Endpoint.of("10.0.2.1", 80));
    List<String> events = new ArrayList<>();
    run(
        runner()
            .withBean("stock", EndpointSource.class, () -> source)
            .withBean(
                BalancerCustomizer.class,
                () ->
                    (service, balancer) ->
                        balancer.listener(
                            new BalancerListener() {
                              @Override
                              public void onEvent(BalancerEvent event) {
                                events.add(event.toString());
                              }
                            })),
        balancers -> {
          List<Service> before = balancers.services();
          int heard = events.size();
          properties.set(
              ORDERS + "strategy=round-robin",
              ORDERS + "failover.deadline=1s",
              "evenkeel.services.stock.strategy=random",
              "evenkeel.services.added.endpoints=10.0.3.1:80",
              property);
          assertThatThrownBy(balancers::refresh)
              .isInstanceOf(SettingException.class)
              .hasMessageStartingWith(named + ": ")
              .hasMessageContaining("(expected: ");
          assertThat(balancers.names()).containsExactly("orders", "stock", "users");
          assertThat(balancers.services())
              .zipSatisfy(before, (now, then) -> assertThat(now).isSameAs(then));
          assertThat(source.subscribers()).isOne();
          assertThat(events).hasSize(heard);

          properties.set(property.substring(0, property.indexOf('=')));
          properties.set(USERS + "endpoints=10.0.1.1:80", USERS + "failover.deadline=3s");
          assertThat(balancers.refresh()).hasSize(3);
          assertThat(balancers.names()).containsExactly("added", "orders", "stock", "users");
        });
    assertThat(source.subscribers()).isZero();
  }

  @Test
  void whatCannotBeStartedChangesNothingAndIsClosed() {
    ManualSource source = ManualSource.of(Endpoint.of("10.0.2.1", 80));
    run(
        runner()
            .withBean("stock", EndpointSource.class, () -> source)
            .withBean("broken", Strategy.class, BrokenStrategy::new),
        balancers -> {
          List<Service> before = balancers.services();
          properties.set("evenkeel.services.stock.strategy=random", USERS + "strategy=broken");
          assertThatThrownBy(balancers::refresh).hasMessage("broken");
          assertThat(balancers.services())
              .zipSatisfy(before, (now, then) -> assertThat(now).isSameAs(then));
          assertThat(source.subscribers()).isOne();
          assertThat(call(balancers.failover("users"))).isEqualTo("10.0.1.1:80");
        });
  }

  private static final class BrokenStrategy implements Strategy {
    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      throw new IllegalStateException("broken");
    }

    @Override
    public LoadMetric loadMetric() {
      throw new IllegalStateException("broken");
    }
  }

  @Test
  void servicesComeAndGoAndComeBack() {
    run(
        runner(),
        balancers -> {
          Balancer held = balancers.balancer("users");
          Failover calls = balancers.failover("users");
          properties.set(
              USERS + "endpoints",
              USERS + "failover.deadline",
              "evenkeel.services.stock.endpoints=10.0.2.1:80");
          assertThat(balancers.refresh()).containsExactly("stock: new", "users: removed");
          assertThat(balancers.names()).containsExactly("orders", "stock");
          assertThat(balancers.find("users")).isNull();
          assertThat(call(balancers.failover("stock"))).isEqualTo("10.0.2.1:80");
          assertThatThrownBy(() -> held.select(RequestContext.none()))
              .isInstanceOfSatisfying(
                  NoEndpointException.class,
                  e -> assertThat(e.reason()).isEqualTo(NoEndpointException.Reason.CLOSED));
          assertThatThrownBy(() -> call(calls)).isInstanceOf(FailoverException.class);

          properties.set(USERS + "endpoints=10.0.1.9:80");
          assertThat(balancers.refresh()).containsExactly("users: new");
          assertThat(balancers.balancer("users")).isSameAs(held);
          assertThat(call(calls)).isEqualTo("10.0.1.9:80");
        });
  }

  @Test
  void aServiceThatIsGoneIsClosedWhenItsRequestsHaveEnded() {
    properties.set("evenkeel.drain-timeout=60s");
    run(
        runner(),
        balancers -> {
          Balancer held = balancers.balancer("users");
          Lease lease = held.lease(RequestContext.none());
          properties.set(USERS + "endpoints", USERS + "failover.deadline");
          assertThat(balancers.refresh()).containsExactly("users: removed");
          assertThat(balancers.busy()).hasSize(1);
          assertThat(held.nodes()).hasSize(1);
          assertThat(lease.end(Outcome.SUCCESS)).isTrue();
          Contexts.await(() -> held.nodes().isEmpty());
          assertThat(balancers.busy()).isEmpty();
        });
  }

  @Test
  void aServiceThatIsGoneIsClosedWithTheContextAtTheLatest() {
    properties.set("evenkeel.drain-timeout=60s");
    List<LoadBalancers> kept = new ArrayList<>();
    List<Balancer> removed = new ArrayList<>();
    run(
        runner(),
        balancers -> {
          kept.add(balancers);
          removed.add(service(balancers, "users").backing().balancer());
          Lease lease = balancers.balancer("users").lease(RequestContext.none());
          properties.set(USERS + "endpoints", USERS + "failover.deadline");
          var unused = balancers.refresh();
          assertThat(removed.get(0).nodes()).hasSize(1);
          balancers.close();
          assertThat(removed.get(0).nodes()).isEmpty();
          assertThat(balancers.names()).isEmpty();
          properties.set("evenkeel.services.stock.endpoints=10.0.2.1:80");
          assertThat(balancers.refresh()).isEmpty();
          assertThat(lease.end(Outcome.SUCCESS)).isTrue();
        });
    assertThat(kept.get(0).names()).isEmpty();
  }

  @Test
  void shutdownWaitsForRequestsWhoseBalancerWasReplaced() {
    properties.set("evenkeel.drain-timeout=60s");
    run(
        runner(),
        balancers -> {
          Lease lease = balancers.balancer("orders").lease(RequestContext.none());
          properties.set(ORDERS + "strategy=random");
          var unused = balancers.refresh();
          StartAndStop lifecycle =
              new StartAndStop(balancers, Duration.ZERO, Duration.ofSeconds(60));
          CountDownLatch stopped = new CountDownLatch(1);
          lifecycle.stop(stopped::countDown);
          assertThat(stopped.await(50, TimeUnit.MILLISECONDS)).isFalse();
          lease.end(Outcome.SUCCESS);
          assertThat(stopped.await(30, TimeUnit.SECONDS)).isTrue();
        });
  }

  @Test
  void defaultsChangeThoseThatDoNotSayOtherwise() {
    run(
        runner(),
        balancers -> {
          Service users = service(balancers, "users");
          properties.set("evenkeel.defaults.failover.deadline=4s");
          assertThat(balancers.refresh())
              .singleElement()
              .asString()
              .startsWith("orders: failover.deadline from ");
          assertThat(service(balancers, "users")).isSameAs(users);

          properties.set(
              ORDERS + "strategy=round-robin", "evenkeel.defaults.strategy-options.random=3");
          assertThat(balancers.refresh())
              .containsExactly(
                  "orders: strategy from what it is by default to round-robin (another balancer)",
                  "users: strategy-options.random from what it is by default to 3 (another"
                      + " balancer)");
        });
  }

  @Test
  void whatNeedsARestartIsSaid() {
    run(
        runner(),
        balancers -> {
          List<Service> before = balancers.services();
          properties.set("evenkeel.drain-timeout=1s", "evenkeel.metrics.max-endpoints=7");
          assertThat(balancers.refresh())
              .containsExactly(
                  "evenkeel.drain-timeout from PT0S to PT1S (with the next start)",
                  "evenkeel.metrics.max-endpoints from what it is by default to 7 (with the next"
                      + " start)");
          assertThat(balancers.services())
              .zipSatisfy(before, (now, then) -> assertThat(now).isSameAs(then));
          assertThat(balancers.refresh()).isEmpty();
        });
  }

  @Test
  void ordersAboutEndpointsOutlastTheirBalancer() {
    properties
        .in(runner())
        .run(
            context -> {
              LoadBalancers balancers = context.getBean(LoadBalancers.class);
              HealthRegistry health = context.getBean(HealthRegistry.class);
              health.disable("orders", "10.0.0.1:80", Order.by("test", "test"));
              properties.set(ORDERS + "health.failures-in-a-row=3");
              assertThat(balancers.refresh()).hasSize(1);
              assertThat(health.endpoints("orders"))
                  .extracting(each -> each.state())
                  .containsExactlyInAnyOrder(HealthState.DISABLED, HealthState.UP);
            });
  }

  @Test
  void listenersHearOfChanges() {
    List<String> heard = new ArrayList<>();
    ApplicationListener<LoadBalancersRefreshedEvent> listener =
        new ApplicationListener<>() {
          @Override
          public void onApplicationEvent(LoadBalancersRefreshedEvent event) {
            heard.addAll(event.changes());
          }
        };
    run(
        runner().withInitializer(context -> context.addApplicationListener(listener)),
        balancers -> {
          assertThat(balancers.refresh()).isEmpty();
          properties.set("evenkeel.services.stock.endpoints=10.0.2.1:80");
          assertThat(balancers.refresh()).containsExactly("stock: new");
          assertThat(heard).containsExactly("stock: new");
        });
  }

  @Test
  void newServicesHaveTheirEndpointsWhenItReturns() {
    CountDownLatch subscribed = new CountDownLatch(1);
    ManualSource slow = new ManualSource();
    EndpointSource source =
        () ->
            subscriber -> {
              slow.snapshots().subscribe(subscriber);
              subscribed.countDown();
            };
    properties.set("evenkeel.start-timeout=60s");
    run(
        Contexts.runner().withBean(Sources.Discovered.class, () -> (id, addresses) -> source),
        balancers -> {
          properties.set("evenkeel.discovery.services=stock");
          var refreshed = CompletableFuture.supplyAsync(balancers::refresh);
          assertThat(subscribed.await(30, TimeUnit.SECONDS)).isTrue();
          assertThatThrownBy(() -> refreshed.get(50, TimeUnit.MILLISECONDS))
              .isInstanceOf(TimeoutException.class);
          slow.publish(Endpoint.of("10.0.2.1", 80));
          assertThat(refreshed.get(30, TimeUnit.SECONDS)).containsExactly("stock: new");
          assertThat(call(balancers.failover("stock"))).isEqualTo("10.0.2.1:80");
        });
  }
}
