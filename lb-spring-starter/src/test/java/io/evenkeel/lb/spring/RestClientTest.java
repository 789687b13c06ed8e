package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.RestClients.client;
import static io.evenkeel.lb.spring.RestClients.runner;
import static io.evenkeel.lb.spring.RestClients.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Outcome;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.client.RestClient;

/** What RestClient and RestTemplate do with the names of services. */
@Timeout(60)
class RestClientTest {
  @Test
  void theNameOfAServiceIsBalancedAndOtherHostsPassThrough() throws Exception {
    with(
        2,
        (context, backends) -> {
          RestClient client = client(context);
          for (int i = 0; i < 10; i++) {
            String answer =
                client
                    .get()
                    .uri(URI.create("http://orders:99/a%2Fb?q=x%20y&r=%C3%BC"))
                    .retrieve()
                    .body(String.class);
            assertThat(answer).isEqualTo("ok");
          }
          assertThat(backends.endpoints).hasSize(10);
          assertThat(Set.copyOf(backends.endpoints)).hasSize(2);
          assertThat(backends.received)
              .allSatisfy(
                  request -> assertThat(request.getTarget()).isEqualTo("/a%2Fb?q=x%20y&r=%C3%BC"));
          String direct = "http://localhost:" + backends.servers.get(0).getPort() + "/direct";
          assertThat(client.get().uri(direct).retrieve().body(String.class)).isEqualTo("ok");
          assertThat(backends.endpoints).hasSize(10);
        });
  }

  /** Registries are often asked over HTTP, by a client that is balanced as well. */
  @Test
  void whatKnowsEndpointsMayNeedAClient() throws Exception {
    try (Backends backends = Backends.of(1)) {
      Endpoint endpoint = Endpoint.of("127.0.0.1", backends.servers.get(0).getPort());
      runner(backends)
          .withInitializer(
              context ->
                  ((GenericApplicationContext) context)
                      .registerBean(
                          "ordersOfAll",
                          EndpointSource.class,
                          () -> {
                            assertThat(context.getBean(RestClient.Builder.class)).isNotNull();
                            return EndpointSource.of(endpoint);
                          }))
          .run(
              context -> {
                assertThat(context).hasNotFailed();
                assertThat(
                        client(context)
                            .get()
                            .uri("http://ordersOfAll/")
                            .retrieve()
                            .body(String.class))
                    .isEqualTo("ok");
              });
    }
  }

  @Test
  void requestsOfOneKeyMeetOneEndpoint() throws Exception {
    with(
        3,
        new String[] {
          "evenkeel.services.orders.strategy=maglev",
          "evenkeel.services.orders.affinity.header=X-Account",
          "evenkeel.services.orders.affinity.cookie=session"
        },
        (context, backends) -> {
          List<Integer> kinds = new ArrayList<>();
          for (BiConsumer<RestClient.RequestHeadersSpec<?>, Integer> key :
              List.<BiConsumer<RestClient.RequestHeadersSpec<?>, Integer>>of(
                  (r, i) -> r.header("X-Account", "a"),
                  (r, i) -> r.header("Cookie", "a=b; session=s; c=d"),
                  (r, i) -> r.header("X-Account", "a" + i),
                  (r, i) -> r.header("Cookie", "xsession=s"))) {
            backends.endpoints.clear();
            for (int i = 0; i < 30; i++) {
              RestClient.RequestHeadersSpec<?> request =
                  client(context).get().uri("http://orders/");
              key.accept(request, i);
              request.retrieve().toBodilessEntity();
            }
            kinds.add(Set.copyOf(backends.endpoints).size());
          }
          assertThat(kinds).containsExactly(1, 1, 3, 3);
        });
  }

  @Test
  void endpointsAreToldHowLongTheCallMayTakeAndNobodyElseIs() throws Exception {
    with(
        2,
        new String[] {
          "evenkeel.defaults.failover.deadline=5s",
          "evenkeel.defaults.failover.deadline-header=X-Deadline"
        },
        (context, backends) -> {
          backends.answers(status(503));
          List<String> seen = new ArrayList<>();
          RestClient outer =
              context
                  .getBean(RestClient.Builder.class)
                  .requestInterceptors(
                      all ->
                          all.add(
                              0,
                              (request, body, execution) -> {
                                ClientHttpResponse response = execution.execute(request, body);
                                seen.addAll(request.getHeaders().getOrEmpty("X-Deadline"));
                                return response;
                              }))
                  .build();
          outer.get().uri("http://orders/").header("X-Deadline", "1").retrieve().toBodilessEntity();
          assertThat(seen).containsExactly("1");
          assertThat(backends.received).hasSize(2);
          backends.wereTold("X-Deadline", 5000);
        });
  }

  @Test
  void otherInterceptorsSeeTheNameOfTheServiceOnce() throws Exception {
    List<String> seen = new ArrayList<>();
    try (Backends backends = Backends.of(2)) {
      backends.answers(status(503));
      runner(backends, backends.property())
          .withBean(
              RestClientCustomizer.class,
              () ->
                  client ->
                      client.requestInterceptor(
                          (request, body, execution) -> {
                            seen.add(request.getURI().toString());
                            return execution.execute(request, body);
                          }))
          .run(
              context -> {
                client(context).get().uri("http://orders/").retrieve().toBodilessEntity();
                assertThat(seen).containsExactly("http://orders/");
                assertThat(backends.outcomes).containsExactly(Outcome.FAILURE, Outcome.SUCCESS);
              });
    }
  }

  /** Names of services in a cluster are often the hosts of their endpoints. */
  @Test
  void anEndpointMayHaveTheNameOfAService() throws Exception {
    try (Backends backends = Backends.of(1)) {
      int port = backends.servers.get(0).getPort();
      runner(
              backends,
              "evenkeel.services.orders.endpoints=localhost:" + port,
              "evenkeel.services.localhost.endpoints=127.0.0.1:1")
          .run(
              context -> {
                client(context).get().uri("http://orders/").retrieve().toBodilessEntity();
                assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS);
              });
    }
  }

  @Test
  void restTemplatesAreBalanced() throws Exception {
    with(
        2,
        (context, backends) -> {
          backends.answers(status(500));
          String answer =
              context
                  .getBean(RestTemplateBuilder.class)
                  .build()
                  .getForObject("http://orders/", String.class);
          assertThat(answer).isEqualTo("ok");
          assertThat(backends.outcomes).containsExactly(Outcome.FAILURE, Outcome.SUCCESS);
        });
  }

  @Test
  void itCanBeSwitchedOff() throws Exception {
    try (Backends backends = Backends.of(1)) {
      runner(backends, backends.property(), "evenkeel.rest-client.enabled=false")
          .run(context -> assertThat(context).doesNotHaveBean(BalancingInterceptor.class));
      runner(backends, backends.property(), "evenkeel.enabled=false")
          .run(context -> assertThat(context).doesNotHaveBean(BalancingInterceptor.class));
    }
  }

  @Test
  void withoutRestClientItStarts() throws Exception {
    for (String missing :
        List.of("org.springframework.boot.restclient", "org.springframework.web")) {
      Contexts.orders()
          .withConfiguration(AutoConfigurations.of(RestClientBalancingAutoConfiguration.class))
          .withClassLoader(new FilteredClassLoader(missing))
          .run(
              context ->
                  assertThat(context)
                      .hasSingleBean(LoadBalancers.class)
                      .doesNotHaveBean("evenkeelBalancingInterceptor"));
    }
  }
}
