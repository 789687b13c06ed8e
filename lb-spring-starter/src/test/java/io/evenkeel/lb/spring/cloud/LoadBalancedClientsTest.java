package io.evenkeel.lb.spring.cloud;

import static io.evenkeel.lb.spring.Backends.NO_ANSWER;
import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.Contexts.await;
import static io.evenkeel.lb.spring.Contexts.inFlight;
import static io.evenkeel.lb.spring.cloud.Apps.runner;
import static io.evenkeel.lb.spring.cloud.Apps.webClient;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.spring.Backends;
import io.evenkeel.lb.spring.LoadBalancers;
import io.evenkeel.lb.spring.cloud.Apps.Client;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.Disposable;
import reactor.netty.http.client.HttpClient;

/** What {@code @LoadBalanced} clients of an application do. */
@Timeout(120)
class LoadBalancedClientsTest {
  private static final String URI_OF_ORDERS = "http://orders/1?q=7";

  private interface Check {
    void in(ApplicationContext context, Backends backends) throws Exception;
  }

  private static void with(int count, String[] properties, Check check) throws IOException {
    try (Backends backends = Backends.of(count)) {
      runner(backends, backends.property())
          .withPropertyValues(properties)
          .run(
              context -> {
                assertThat(context).hasNotFailed();
                check.in(context, backends);
                assertThat(inFlight(context)).isZero();
              });
    }
  }

  private static void with(int count, Check check) throws IOException {
    with(count, new String[0], check);
  }

  private static String[] retries(String... more) {
    String[] all = new String[more.length + 1];
    all[0] = "spring.cloud.loadbalancer.retry.enabled=true";
    System.arraycopy(more, 0, all, 1, more.length);
    return all;
  }

  @ParameterizedTest
  @EnumSource
  void eachRequestIsOneChoiceOfOurBalancer(Client client) throws Exception {
    with(
        3,
        (context, backends) -> {
          for (int i = 0; i < 30; i++) {
            assertThat(client.get(context, URI_OF_ORDERS)).isEqualTo("ok");
          }
          assertThat(backends.outcomes).hasSize(30).containsOnly(Outcome.SUCCESS);
          assertThat(backends.portsReached()).hasSize(3);
          assertThat(backends.received)
              .allSatisfy(request -> assertThat(request.getTarget()).isEqualTo("/1?q=7"));
        });
  }

  @ParameterizedTest
  @EnumSource
  void answersAreJudgedByTheirStatus(Client client) throws Exception {
    with(
        2,
        new String[] {"evenkeel.services.orders.health.enabled=false"},
        (context, backends) -> {
          backends.answers(status(500), status(503), status(429), status(404));
          for (int i = 0; i < 4; i++) {
            assertThatThrownBy(() -> client.get(context, URI_OF_ORDERS));
          }
          assertThat(client.get(context, URI_OF_ORDERS)).isEqualTo("ok");
          assertThat(backends.outcomes)
              .containsExactly(
                  Outcome.FAILURE,
                  Outcome.FAILURE,
                  Outcome.REJECTED,
                  Outcome.SUCCESS,
                  Outcome.SUCCESS);
        });
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatAlwaysFailsGetsNoMoreRequests(Client client) throws Exception {
    with(
        3,
        (context, backends) -> {
          backends.servers.get(0).setDispatcher(new Always(status(500)));
          int failures = 0;
          for (int i = 0; i < 200; i++) {
            try {
              client.get(context, URI_OF_ORDERS);
            } catch (RuntimeException e) {
              failures++;
            }
          }
          assertThat(failures).isBetween(1, 20);
          int seen = backends.servers.get(0).getRequestCount();
          for (int i = 0; i < 50; i++) {
            client.get(context, URI_OF_ORDERS);
          }
          assertThat(backends.servers.get(0).getRequestCount()).isEqualTo(seen);
        });
  }

  @ParameterizedTest
  @EnumSource
  void whatFindsNobodyIsUnreachable(Client client) throws Exception {
    try (Backends backends = Backends.of(0)) {
      runner(backends, backends.property(Backends.nobody()))
          .run(
              context -> {
                assertThatThrownBy(() -> client.get(context, URI_OF_ORDERS));
                assertThat(backends.outcomes).containsExactly(Outcome.UNREACHABLE);
                assertThat(inFlight(context)).isZero();
              });
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRetryGoesElsewhere(Client client) throws Exception {
    with(
        3,
        retries(
            "spring.cloud.loadbalancer.retry.retryable-status-codes=500,503",
            "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=2",
            "evenkeel.services.orders.health.enabled=false"),
        (context, backends) -> {
          for (int i = 0; i < 30; i++) {
            backends.answers(status(500), status(503));
            backends.endpoints.clear();
            assertThat(client.get(context, URI_OF_ORDERS)).isEqualTo("ok");
            assertThat(backends.endpoints).hasSize(3);
            assertThat(Set.copyOf(backends.endpoints)).as("distinct").hasSize(3);
          }
          assertThat(backends.outcomes).hasSize(90);
        });
  }

  @Test
  void aRetryMayGoBackIfThatIsSaid() throws Exception {
    with(
        2,
        retries(
            "spring.cloud.loadbalancer.retry.avoid-previous-instance=false",
            "spring.cloud.loadbalancer.retry.retryable-status-codes=500",
            "evenkeel.services.orders.strategy=rendezvous",
            "evenkeel.services.orders.affinity.header=Account",
            "evenkeel.services.orders.health.enabled=false"),
        (context, backends) -> {
          backends.answers(status(500));
          String answer =
              webClient(context)
                  .get()
                  .uri(URI_OF_ORDERS)
                  .header("Account", "17")
                  .retrieve()
                  .bodyToMono(String.class)
                  .block();
          assertThat(answer).isEqualTo("ok");
          assertThat(backends.endpoints).hasSize(2);
          assertThat(Set.copyOf(backends.endpoints)).hasSize(1);
        });
  }

  @Test
  void aSecondAttemptAtTheSameInstanceIsCountedAsWell() throws Exception {
    with(
        3,
        retries(
            "spring.cloud.loadbalancer.retry.retryable-status-codes=500",
            "spring.cloud.loadbalancer.retry.max-retries-on-same-service-instance=1",
            "evenkeel.services.orders.health.enabled=false"),
        (context, backends) -> {
          backends.answers(status(500));
          assertThat(Client.REST_TEMPLATE.get(context, URI_OF_ORDERS)).isEqualTo("ok");
          assertThat(backends.outcomes).containsExactly(Outcome.FAILURE, Outcome.SUCCESS);
          assertThat(Set.copyOf(backends.endpoints)).as("the same").hasSize(1);
        });
  }

  @Test
  void aPostIsNotRepeated() throws Exception {
    with(
        3,
        retries("spring.cloud.loadbalancer.retry.retryable-status-codes=500"),
        (context, backends) -> {
          backends.answers((number, request) -> status(500));
          RestTemplate client = context.getBean("balancedRestTemplate", RestTemplate.class);
          assertThatThrownBy(() -> client.postForObject(URI_OF_ORDERS, "x", String.class));
          assertThat(backends.requests).hasValue(1);
        });
  }

  @Test
  void aCallThatIsGivenUpIsInFlightNoLonger() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    for (String[] properties : new String[][] {new String[0], retries()}) {
      with(
          1,
          properties,
          (context, backends) -> {
            backends.answers(
                (number, request) -> {
                  arrived.countDown();
                  return NO_ANSWER;
                });
            Disposable call =
                webClient(context)
                    .get()
                    .uri(URI_OF_ORDERS)
                    .retrieve()
                    .bodyToMono(String.class)
                    .subscribe();
            assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(inFlight(context)).isEqualTo(1);
            call.dispose();
            await("the end", () -> inFlight(context) == 0);
            assertThat(backends.outcomes).containsExactly(Outcome.CANCELLED);
          });
    }
  }

  @Test
  void aRequestIsInFlightWhileItIsSent() throws Exception {
    with(
        1,
        (context, backends) -> {
          int[] seen = new int[1];
          backends.answers(
              (number, request) -> {
                seen[0] = inFlight(context);
                return Backends.ok();
              });
          for (Client client : Client.values()) {
            seen[0] = 0;
            client.get(context, URI_OF_ORDERS);
            assertThat(seen[0]).as(client.name()).isEqualTo(1);
          }
        });
  }

  @Test
  void whoOnlyAsksForAnInstanceHoldsNothing() throws Exception {
    with(
        2,
        (context, backends) -> {
          LoadBalancerClient client = context.getBean(LoadBalancerClient.class);
          ServiceInstance instance = client.choose("orders");
          assertThat(instance.getUri()).isEqualTo(URI.create("http://" + instance.getInstanceId()));
          assertThat(inFlight(context)).isZero();
          int during = client.execute("orders", instance, chosen -> inFlight(context));
          assertThat(during).isEqualTo(1);
          int again = client.execute("orders", chosen -> inFlight(context));
          assertThat(again).isEqualTo(1);
          assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS, Outcome.SUCCESS);
          assertThatThrownBy(
              () ->
                  client.execute(
                      "orders",
                      chosen -> {
                        throw new IOException("reset");
                      }));
          assertThat(backends.outcomes)
              .containsExactly(Outcome.SUCCESS, Outcome.SUCCESS, Outcome.FAILURE);
        });
  }

  @ParameterizedTest
  @EnumSource
  void whatTakesTooLongIsATimeout(Client client) throws Exception {
    with(
        1,
        (context, backends) -> {
          backends.answers((number, request) -> NO_ANSWER);
          if (client == Client.WEB_CLIENT) {
            context
                .getBean("balancedWebClient", WebClient.Builder.class)
                .clientConnector(
                    new ReactorClientHttpConnector(
                        HttpClient.create().responseTimeout(Duration.ofMillis(300))));
          } else {
            JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory();
            requests.setReadTimeout(Duration.ofMillis(300));
            context.getBean("balancedRestTemplate", RestTemplate.class).setRequestFactory(requests);
            restClient(context).requestFactory(requests);
          }
          assertThatThrownBy(() -> client.get(context, URI_OF_ORDERS));
          assertThat(backends.outcomes).containsExactly(Outcome.TIMEOUT);
        });
  }

  @Test
  void anEndpointThatAsksToBeSparedIsSpared() throws Exception {
    with(
        2,
        (context, backends) -> {
          backends.answers(
              new MockResponse.Builder().code(503).addHeader("Retry-After", "3600").build());
          assertThatThrownBy(() -> Client.REST_CLIENT.get(context, URI_OF_ORDERS));
          for (int i = 0; i < 50; i++) {
            Client.REST_CLIENT.get(context, URI_OF_ORDERS);
          }
          List<String> endpoints = List.copyOf(backends.endpoints);
          assertThat(endpoints.subList(1, 51)).doesNotContain(endpoints.get(0));
        });
  }

  @Test
  void theContextOfARequestIsKnown() throws Exception {
    with(
        3,
        new String[] {"evenkeel.services.orders.strategy=rendezvous"},
        (context, backends) -> {
          RequestContext same =
              new RequestContext() {
                @Override
                public long affinity() {
                  return 17;
                }
              };
          for (int i = 0; i < 20; i++) {
            webClient(context)
                .get()
                .uri(URI_OF_ORDERS)
                .attribute(LoadBalancers.CONTEXT, same)
                .retrieve()
                .toBodilessEntity()
                .block();
          }
          assertThat(backends.portsReached()).hasSize(1);
        });
  }

  private static RestClient.Builder restClient(ApplicationContext context) {
    return context.getBean("balancedRestClient", RestClient.Builder.class);
  }

  @Test
  void affinityIsThatOfTheService() throws Exception {
    with(
        3,
        new String[] {
          "evenkeel.services.orders.strategy=rendezvous",
          "evenkeel.services.orders.affinity.header=Account",
          "evenkeel.services.orders.affinity.cookie=session"
        },
        (context, backends) -> {
          for (int i = 0; i < 20; i++) {
            webClient(context)
                .get()
                .uri(URI_OF_ORDERS)
                .cookie("session", "17")
                .retrieve()
                .toBodilessEntity()
                .block();
            restClient(context)
                .build()
                .get()
                .uri(URI_OF_ORDERS)
                .header(HttpHeaders.COOKIE, "session=17")
                .retrieve()
                .toBodilessEntity();
          }
          assertThat(backends.portsReached()).hasSize(1);
        });
  }

  private static final class Always extends Dispatcher {
    private final MockResponse answer;

    Always(MockResponse answer) {
      this.answer = answer;
    }

    @Override
    public MockResponse dispatch(RecordedRequest request) {
      return answer;
    }
  }
}
