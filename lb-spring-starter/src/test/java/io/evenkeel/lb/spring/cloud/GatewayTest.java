package io.evenkeel.lb.spring.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.spring.BalancerCustomizer;
import io.evenkeel.lb.spring.Outage;
import io.evenkeel.lb.spring.WhereAskedFor;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;

/** A server is killed while Spring Cloud Gateway passes requests on to {@code lb://orders}. */
@Timeout(180)
class GatewayTest {
  private static final int CALLS = 400;
  private static final String ROUTE = "spring.cloud.gateway.server.webflux.routes[0].";

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Gateway {
    /** Gateway's own; there is another one on the class path. */
    @Bean
    NettyReactiveWebServerFactory server() {
      return new NettyReactiveWebServerFactory();
    }

    @Bean
    Ends ends() {
      return new Ends();
    }

    @Bean
    BalancerCustomizer listening(Ends ends) {
      return (service, balancer) -> balancer.listener(ends);
    }
  }

  /** How requests have ended, as the balancer knows it. */
  static final class Ends implements BalancerListener {
    final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();

    @Override
    public void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {
      outcomes.add(outcome);
    }
  }

  @Test
  void withItsRetriesNoGetIsLostAndNoneStaysInFlight() throws Exception {
    try (Outage outage = Outage.of(CALLS, 4);
        ConfigurableApplicationContext context =
            outage.start(
                Gateway.class,
                WebApplicationType.REACTIVE,
                WhereAskedFor.GATEWAY + "=true",
                ROUTE + "id=orders",
                ROUTE + "uri=lb://orders",
                ROUTE + "predicates[0]=Path=/**",
                ROUTE + "filters[0]=Retry=3")) {
      assertThat(context.getBean(LoadBalancerClientFactory.class).getInstance("orders"))
          .isInstanceOf(EvenkeelLoadBalancer.class);
      String port = context.getEnvironment().getRequiredProperty("local.server.port");
      WebClient client = WebClient.create("http://127.0.0.1:" + port);
      IntFunction<Mono<String>> get =
          id -> client.get().uri("/1").retrieve().bodyToMono(String.class);
      assertThat(outage.during(get)).isEmpty();
      assertThat(outage.afterwards(get)).isEmpty();
      Queue<Outcome> outcomes = context.getBean(Ends.class).outcomes;
      assertThat(outcomes).filteredOn(Outcome.SUCCESS::equals).hasSize(2 * CALLS);
      assertThat(outcomes).filteredOn(Outcome::isFailure).isNotEmpty();
      outage.isOver(context);
    }
  }
}
