package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpEntity;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.ImportHttpServices;
import reactor.core.publisher.Mono;

/** The clients that an application may call its service {@code orders} with. */
public enum Client {
  REST_CLIENT {
    @Override
    public Calls in(ApplicationContext context) {
      RestClient client = context.getBean(RestClient.Builder.class).build();
      return new Calls() {
        @Override
        public Mono<String> get(int id) {
          return blocking(() -> client.get().uri(URI, id).retrieve().body(String.class));
        }

        @Override
        public Mono<String> post(int id, String key) {
          return blocking(
              () ->
                  client
                      .post()
                      .uri(URI, id)
                      .header(KEY, key)
                      .attribute(LoadBalancers.CONTEXT, CallContext.once())
                      .retrieve()
                      .body(String.class));
        }
      };
    }
  },

  REST_TEMPLATE {
    @Override
    public Calls in(ApplicationContext context) {
      RestTemplate client = context.getBean(RestTemplateBuilder.class).build();
      RestTemplate once = context.getBean(RestTemplateBuilder.class).build();
      once.getClientHttpRequestInitializers()
          .add(request -> request.getAttributes().put(LoadBalancers.CONTEXT, CallContext.once()));
      return new Calls() {
        @Override
        public Mono<String> get(int id) {
          return blocking(() -> client.getForObject(URI, String.class, id));
        }

        @Override
        public Mono<String> post(int id, String key) {
          HttpHeaders headers = new HttpHeaders();
          headers.set(KEY, key);
          return blocking(
              () -> once.postForObject(URI, new HttpEntity<>("x", headers), String.class, id));
        }
      };
    }
  },

  HTTP_SERVICE {
    @Override
    public Calls in(ApplicationContext context) {
      Orders orders = context.getBean(Orders.class);
      return new Calls() {
        @Override
        public Mono<String> get(int id) {
          return blocking(() -> orders.order(id));
        }

        @Override
        public Mono<String> post(int id, String key) {
          return blocking(() -> orders.place(id, key, CallContext.once()));
        }
      };
    }
  },

  WEB_CLIENT {
    @Override
    public Calls in(ApplicationContext context) {
      WebClient client = context.getBean(WebClient.Builder.class).build();
      return new Calls() {
        @Override
        public Mono<String> get(int id) {
          return client.get().uri(URI, id).retrieve().bodyToMono(String.class);
        }

        @Override
        public Mono<String> post(int id, String key) {
          return client
              .post()
              .uri(URI, id)
              .header(KEY, key)
              .attribute(LoadBalancers.CONTEXT, CallContext.once())
              .bodyValue("order " + id)
              .retrieve()
              .bodyToMono(String.class);
        }
      };
    }
  },

  REACTIVE_HTTP_SERVICE {
    @Override
    public Calls in(ApplicationContext context) {
      ReactiveOrders orders = context.getBean(ReactiveOrders.class);
      return new Calls() {
        @Override
        public Mono<String> get(int id) {
          return orders.order(id);
        }

        @Override
        public Mono<String> post(int id, String key) {
          return orders.place(id, key, CallContext.once());
        }
      };
    }
  },

  OK_HTTP {
    @Override
    public Calls in(ApplicationContext context) {
      OkHttpClient client =
          context.getBean(BalancerInterceptor.class).install(new OkHttpClient.Builder()).build();
      return new Calls() {
        @Override
        public Mono<String> get(int id) {
          return blocking(() -> body(client, request(id).build()));
        }

        @Override
        public Mono<String> post(int id, String key) {
          Request request =
              request(id)
                  .post(RequestBody.create("x", null))
                  .header(KEY, key)
                  .tag(RequestContext.class, CallContext.once())
                  .build();
          return blocking(() -> body(client, request));
        }
      };
    }

    private Request.Builder request(int id) {
      return new Request.Builder().url("http://orders/" + id);
    }

    private String body(OkHttpClient client, Request request) throws IOException {
      try (Response response = client.newCall(request).execute()) {
        if (!response.isSuccessful()) {
          throw new IOException("status " + response.code());
        }
        return response.body().string();
      }
    }
  };

  private static final String URI = "http://orders/{id}";

  /** By which servers count what they do. */
  private static final String KEY = "Idempotency-Key";

  /** What is asked for, when it is subscribed to, and on that thread if the client waits. */
  public interface Calls {
    Mono<String> get(int id);

    /** One that must not be done twice. */
    Mono<String> post(int id, String key);
  }

  public abstract Calls in(ApplicationContext context);

  private static Mono<String> blocking(Callable<String> call) {
    return Mono.fromCallable(() -> requireNonNull(call.call()));
  }

  /** With all that is auto-configured. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @ImportHttpServices(group = "orders", types = Orders.class)
  @ImportHttpServices(
      group = "reactive",
      types = ReactiveOrders.class,
      clientType = ClientType.WEB_CLIENT)
  public static class App {
    /** What it needs to have set, and more. */
    public static String[] properties(String... more) {
      return Stream.concat(
              Stream.of(
                  "spring.http.serviceclient.orders.base-url=http://orders",
                  "spring.http.serviceclient.reactive.base-url=http://orders",
                  "spring.http.clients.imperative.factory=jdk"),
              Arrays.stream(more))
          .toArray(String[]::new);
    }
  }

  interface Orders {
    @GetExchange("/{id}")
    String order(@PathVariable int id);

    @PostExchange("/{id}")
    String place(
        @PathVariable int id,
        @RequestHeader(KEY) String key,
        @RequestAttribute(LoadBalancers.CONTEXT) CallContext context);
  }

  interface ReactiveOrders {
    @GetExchange("/{id}")
    Mono<String> order(@PathVariable int id);

    @PostExchange("/{id}")
    Mono<String> place(
        @PathVariable int id,
        @RequestHeader(KEY) String key,
        @RequestAttribute(LoadBalancers.CONTEXT) CallContext context);
  }
}
