package io.evenkeel.lb.spring;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** An application whose discovery names hosts, and what its clients get from there. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Pretender {
  private Pretender() {}

  /**
   * Posts by both clients.
   *
   * @param args the policy of the source, and the endpoints, which are asked in that order
   */
  public static void main(String[] args) throws Exception {
    AddressPolicy addresses = AddressPolicy.valueOf(args[0]);
    Endpoint[] endpoints =
        IntStream.range(1, args.length)
            .mapToObj(i -> Endpoint.parse(args[i]).toBuilder().priority(i).build())
            .toArray(Endpoint[]::new);
    EndpointSource source = EndpointSource.of(endpoints).withAddresses(addresses);
    try (ConfigurableApplicationContext context =
        new SpringApplicationBuilder(Pretender.class)
            .web(WebApplicationType.NONE)
            .properties(
                // Reactor Netty has a resolver of its own.
                "spring.http.clients.imperative.factory=jdk",
                "spring.http.clients.reactive.connector=jdk",
                "evenkeel.services.orders.around.tiers.enabled=true",
                "evenkeel.services.orders.failover.budget.type=unlimited")
            .initializers(
                (GenericApplicationContext beans) ->
                    beans.registerBean("orders", EndpointSource.class, () -> source))
            .run()) {
      RestClient waiting = context.getBean(RestClient.Builder.class).build();
      say(() -> waiting.post().uri("http://orders/").body("x").retrieve().body(String.class));
      WebClient other = context.getBean(WebClient.Builder.class).build();
      say(
          () ->
              other
                  .post()
                  .uri("http://orders/")
                  .bodyValue("x")
                  .retrieve()
                  .bodyToMono(String.class)
                  .block());
    }
    System.out.println("over");
  }

  private static void say(Callable<String> call) {
    try {
      System.out.println("got: " + call.call());
    } catch (Exception e) {
      System.out.println("got: " + e);
    }
  }
}
