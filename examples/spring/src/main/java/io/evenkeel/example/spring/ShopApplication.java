package io.evenkeel.example.spring;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

/** Asks one service by a client, and the other one by an interface. {@code shop.properties}. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@ImportHttpServices(group = "prices", types = ShopApplication.Prices.class)
@Import(ShopApplication.Carts.class)
class ShopApplication {
  public static void main(String... args) {
    builder().run(args);
  }

  static SpringApplicationBuilder builder() {
    return new SpringApplicationBuilder(ShopApplication.class)
        .main(ShopApplication.class)
        .properties("spring.config.name=shop");
  }

  interface Prices {
    @GetExchange("/{article}")
    String of(@PathVariable String article);
  }

  @RestController
  static class Carts {
    private final RestClient client;
    private final Prices prices;

    Carts(RestClient.Builder client, Prices prices) {
      this.client = client.build();
      this.prices = prices;
    }

    @GetMapping("/cart/{id}")
    String cart(@PathVariable String id) {
      String order = client.get().uri("http://orders/{id}", id).retrieve().body(String.class);
      return order + ", " + prices.of(id) + System.lineSeparator();
    }
  }
}
