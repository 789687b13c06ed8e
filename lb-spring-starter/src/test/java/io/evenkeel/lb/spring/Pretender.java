package io.evenkeel.lb.spring;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import java.util.concurrent.Callable;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** An application whose discovery names a host, and what its clients get from there. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Pretender {
  private Pretender() {}

  /**
   * Calls the endpoint by both clients.
   *
   * @param args the name and port of the endpoint, and the policy of its source
   */
  public static void main(String[] args) throws Exception {
    Endpoint endpoint = Endpoint.parse(args[0]);
    AddressPolicy addresses = AddressPolicy.valueOf(args[1]);
    EndpointSource source = EndpointSource.of(endpoint).withAddresses(addresses);
    try (ConfigurableApplicationContext context =
        new SpringApplicationBuilder(Pretender.class)
            .web(WebApplicationType.NONE)
            .properties(
                // Reactor Netty has a resolver of its own.
                "spring.http.clients.imperative.factory=jdk",
                "spring.http.clients.reactive.connector=jdk")
            .initializers(
                (GenericApplicationContext beans) ->
                    beans.registerBean("orders", EndpointSource.class, () -> source))
            .run()) {
      RestClient waiting = context.getBean(RestClient.Builder.class).build();
      say(() -> waiting.get().uri("http://orders/").retrieve().body(String.class));
      WebClient other = context.getBean(WebClient.Builder.class).build();
      say(() -> other.get().uri("http://orders/").retrieve().bodyToMono(String.class).block());
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
