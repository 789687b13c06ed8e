package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.ok;
import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.Contexts.await;
import static io.evenkeel.lb.spring.Contexts.inFlight;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.evenkeel.lb.Outcome;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** Where redirects of a service lead, and that they take no credentials elsewhere. */
@Timeout(60)
class RedirectsTest {
  /** A client that follows redirects, as they do if nothing is said of it. */
  enum Kind {
    JDK("imperative.factory=jdk"),
    SIMPLE("imperative.factory=simple"),
    REACTOR("reactive.connector=reactor"),
    REACTIVE_JDK("reactive.connector=jdk");

    private final String property;

    Kind(String property) {
      this.property = "spring.http.clients." + property;
    }

    void with(int servers, BiConsumer<ApplicationContext, Backends> test, String... properties)
        throws IOException {
      try (Backends backends = Backends.of(servers)) {
        (isReactive() ? WebClients.runner(backends) : RestClients.runner(backends))
            .withPropertyValues(backends.property(), property)
            .withPropertyValues(properties)
            .run(
                context -> {
                  assertThat(context).hasNotFailed();
                  test.accept(context, backends);
                  await(() -> inFlight(context) == 0);
                });
      }
    }

    private boolean isReactive() {
      return this == REACTOR || this == REACTIVE_JDK;
    }

    /** Sends a request that knows secrets. */
    ResponseEntity<String> send(ApplicationContext context, String method, String uri) {
      HttpMethod with = HttpMethod.valueOf(method);
      if (isReactive()) {
        WebClient.RequestBodySpec request =
            WebClients.client(context)
                .method(with)
                .uri(URI.create(uri))
                .header("Authorization", "secret")
                .cookie("session", "secret");
        return requireNonNull(
            (with.equals(HttpMethod.POST) ? request.bodyValue("paper") : request)
                .retrieve()
                .toEntity(String.class)
                .block());
      }
      RestClient.RequestBodySpec request =
          RestClients.client(context)
              .method(with)
              .uri(URI.create(uri))
              .header("Authorization", "secret")
              .header("Cookie", "session=secret");
      return (with.equals(HttpMethod.POST) ? request.body("paper") : request)
          .retrieve()
          .toEntity(String.class);
    }

    ResponseEntity<String> get(ApplicationContext context) {
      return send(context, "GET", "http://orders/start?a=%20b");
    }
  }

  private static MockResponse to(int status, String location) {
    return status(status).newBuilder().addHeader("Location", location).build();
  }

  private static Optional<String> secrets(RecordedRequest request) {
    return request.getHeaders().values("Authorization").stream()
        .findFirst()
        .map(authorization -> authorization + "," + request.getHeaders().get("Cookie"));
  }

  private static boolean isSecretive(RecordedRequest request) {
    return request.getHeaders().names().stream()
        .allMatch(name -> !requireNonNull(request.getHeaders().get(name)).contains("secret"));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void credentialsStayWithinTheService(Kind kind) throws Exception {
    try (Backends elsewhere = Backends.of(2)) {
      kind.with(
          1,
          (context, backends) -> {
            elsewhere.answers(to(307, "http://" + elsewhere.address(1) + "/further"));
            backends.answers(to(302, "http://" + elsewhere.address(0) + "/there?c=%20d"));
            assertThat(kind.get(context).getBody()).isEqualTo("ok");
            RecordedRequest asked = requireNonNull(backends.received.poll());
            assertThat(secrets(asked)).contains("secret,session=secret");
            assertThat(elsewhere.received)
                .extracting(request -> request.getTarget())
                .containsExactly("/there?c=%20d", "/further");
            assertThat(elsewhere.received).allMatch(RedirectsTest::isSecretive);
            assertThat(elsewhere.received)
                .first()
                .extracting(request -> request.getHeaders().get("Host"))
                .isEqualTo(elsewhere.address(0));
            assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS);
          });
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void withinTheServiceTheyStayAtTheEndpointAsAPartOfTheAttempt(Kind kind) throws Exception {
    kind.with(
        3,
        (context, backends) -> {
          backends.answers(
              (number, request) ->
                  switch (number) {
                    case 1 -> to(301, "/second?x=1");
                    case 2 ->
                        to(
                            302,
                            "http://"
                                + request.getUrl().host()
                                + ":"
                                + request.getUrl().port()
                                + "/third");
                    case 3 -> to(307, "http://ORDERS/fourth");
                    case 4 -> to(308, "fifth");
                    case 5 -> to(308, "?x=2");
                    default -> ok();
                  });
          assertThat(kind.get(context).getBody()).isEqualTo("ok");
          assertThat(backends.received)
              .extracting(RecordedRequest::getTarget)
              .containsExactly(
                  "/start?a=%20b", "/second?x=1", "/third", "/fourth", "/fifth", "/fifth?x=2");
          assertThat(backends.portsReached()).hasSize(1);
          assertThat(backends.received)
              .allSatisfy(
                  request -> assertThat(secrets(request)).contains("secret,session=secret"));
          assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS);
        });
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void anotherServiceIsBalancedAndToldNoSecrets(Kind kind) throws Exception {
    try (Backends payments = Backends.of(1)) {
      kind.with(
          1,
          (context, backends) -> {
            backends.answers(to(303, "http://payments/17"));
            assertThat(kind.get(context).getBody()).isEqualTo("ok");
            assertThat(payments.received).hasSize(1).allMatch(RedirectsTest::isSecretive);
            assertThat(backends.endpoints)
                .containsExactly(backends.address(0), payments.address(0));
          },
          "evenkeel.services.payments.endpoints=" + payments.address(0));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "301, GET, GET",
    "301, POST, GET",
    "302, POST, GET",
    "303, POST, GET",
    "303, PUT, GET",
    "302, PUT, PUT",
    "307, POST, POST",
    "308, POST, POST",
    "303, HEAD, HEAD"
  })
  void methodsAndBodiesAreKeptOrDropped(int status, String method, String then) throws Exception {
    for (Kind kind : new Kind[] {Kind.JDK, Kind.REACTOR}) {
      kind.with(
          1,
          (context, backends) -> {
            backends.answers(to(status, "/there"));
            kind.send(context, method, "http://orders/");
            assertThat(backends.received)
                .extracting(RecordedRequest::getMethod)
                .containsExactly(method, then);
            RecordedRequest last = backends.received.toArray(RecordedRequest[]::new)[1];
            String body = last.getBody() == null ? "" : last.getBody().utf8();
            assertThat(body).isEqualTo(then.equals("POST") ? "paper" : "");
            if (then.equals("GET")) {
              assertThat(last.getHeaders().get("Content-Type")).isNull();
              assertThat(last.getHeaders().get("Content-Length")).isIn(null, "0");
            }
          });
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void theyLeadToNoMetadataService(Kind kind) throws Exception {
    try (Backends elsewhere = Backends.of(1)) {
      kind.with(
          1,
          (context, backends) -> {
            MockResponse metadata = to(302, "http://169.254.169.254/latest/meta-data/");
            elsewhere.answers(metadata);
            backends.answers(metadata, to(302, "http://" + elsewhere.address(0) + "/"));
            for (int i = 1; i <= 2; i++) {
              assertThat(catchThrowable(() -> kind.get(context)))
                  .hasStackTraceContaining(
                      "a redirect of orders by endpoint "
                          + backends.address(0)
                          + " leads to 169.254.169.254")
                  .hasStackTraceContaining("AddressPolicy.LOOPBACK_TOO refuses");
            }
            assertThat(elsewhere.requests).hasValue(1);
          });
    }
  }

  /** Bodies of redirects say "moved" to people, if anything. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void theirBodiesAreNotWaitedFor(Kind kind) throws Exception {
    try (Backends elsewhere = Backends.of(2)) {
      kind.with(
          1,
          (context, backends) -> {
            elsewhere.answers(stalling("http://" + elsewhere.address(1) + "/further"));
            backends.answers(
                stalling("/there"), stalling("http://" + elsewhere.address(0) + "/there"));
            assertThat(kind.get(context).getBody()).isEqualTo("ok");
            assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS);
          });
    }
  }

  private static MockResponse stalling(String location) {
    return to(302, location)
        .newBuilder()
        .body("x".repeat(100_000))
        .onResponseBody(SocketEffect.Stall.INSTANCE)
        .build();
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void theyEnd(Kind kind) throws Exception {
    kind.with(
        1,
        (context, backends) -> {
          backends.answers((number, request) -> to(302, "/" + number));
          assertThat(kind.get(context).getStatusCode().value()).isEqualTo(302);
          assertThat(backends.requests).hasValue(21);
        });
  }

  @ParameterizedTest
  @CsvSource({"ftp://127.0.0.1/x", "http:// no/", "mailto:a@b", "''", "http:///x"})
  void whatLeadsNowhereIsTheCallers(String location) throws Exception {
    Kind.JDK.with(
        1,
        (context, backends) -> {
          backends.answers(to(302, location));
          assertThat(Kind.JDK.get(context).getStatusCode().value()).isEqualTo(302);
          assertThat(backends.requests).hasValue(1);
        });
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void whoWantsToSeeThemDoes(Kind kind) throws Exception {
    kind.with(
        1,
        (context, backends) -> {
          backends.answers(to(302, "/there"));
          assertThat(kind.get(context).getStatusCode().value()).isEqualTo(302);
          assertThat(backends.requests).hasValue(1);
        },
        "spring.http.clients.redirects=dont-follow");
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void requestsToOtherHostsAreAsEver(Kind kind) throws Exception {
    try (Backends elsewhere = Backends.of(1)) {
      kind.with(
          1,
          (context, backends) -> {
            elsewhere.answers(to(302, "/there"));
            String uri = "http://" + elsewhere.address(0) + "/";
            assertThat(kind.send(context, "GET", uri).getBody()).isEqualTo("ok");
            assertThat(elsewhere.requests).hasValue(2);
            assertThat(backends.requests).hasValue(0);
          });
    }
  }

  /** As those do that fetch a token. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatAnInterceptorSendsMeanwhileIsAsEver(boolean toService) throws Exception {
    try (Backends tokens = Backends.of(1)) {
      tokens.answers(
          (number, request) -> request.getTarget().equals("/") ? to(302, "/token") : ok());
      String from = "http://" + (toService ? "tokens" : tokens.address(0)) + "/";
      Kind.JDK.with(
          1,
          (context, backends) -> {
            RestClient other = RestClients.client(context);
            Queue<String> fetched = new ConcurrentLinkedQueue<>();
            RestClient client =
                context
                    .getBean(RestClient.Builder.class)
                    .requestInterceptor(
                        (request, body, execution) -> {
                          fetched.add(
                              request.getURI().getPath()
                                  + other.get().uri(from).retrieve().body(String.class));
                          return execution.execute(request, body);
                        })
                    .build();
            backends.answers(to(302, "/there"));
            assertThat(client.get().uri("http://orders/here").retrieve().body(String.class))
                .isEqualTo("ok");
            // The call has followed, not the client unseen.
            assertThat(fetched).containsExactly("/hereok", "/thereok");
            assertThat(backends.requests).hasValue(2);
          },
          "evenkeel.services.tokens.endpoints=" + tokens.address(0));
    }
  }

  /** The client is the application's own, and nobody can ask it. */
  @Test
  void aPostThatFoundNobodyFailsIfTheClientMayHaveFollowedARedirect() throws Exception {
    try (Backends backends = Backends.of(1)) {
      RestClients.runner(backends)
          .withPropertyValues(backends.behindNobody())
          .run(
              context -> {
                RestClient own =
                    context
                        .getBean(RestClient.Builder.class)
                        .requestFactory(new JdkClientHttpRequestFactory())
                        .build();
                assertThat(
                        catchThrowable(
                            () ->
                                own.post()
                                    .uri("http://orders/")
                                    .body("x")
                                    .retrieve()
                                    .toBodilessEntity()))
                    .isNotNull();
                assertThat(backends.requests).hasValue(0);
                assertThat(own.get().uri("http://orders/").retrieve().body(String.class))
                    .isEqualTo("ok");
              });
    }
  }

  /** What was asked for in private is not asked for in the open. */
  @Test
  void fromTlsTheyLeadToNoOtherHostInTheOpen() {
    assertThat(
            Redirect.of(
                302,
                location("http://elsewhere/"),
                HttpMethod.GET,
                URI.create("http://orders/"),
                URI.create("https://10.0.0.1:8443/")))
        .isNull();
    assertThat(
            Redirect.of(
                302,
                location("https://elsewhere/"),
                HttpMethod.GET,
                URI.create("http://orders/"),
                URI.create("https://10.0.0.1:8443/")))
        .isNotNull();
  }

  /** Applications behind a proxy that ends TLS write such locations. */
  @Test
  void withinTheServiceTheyStayInPrivate() {
    Redirect redirect =
        requireNonNull(
            Redirect.of(
                302,
                location("http://orders:443/b"),
                HttpMethod.GET,
                URI.create("https://orders/a"),
                URI.create("https://10.0.0.1:8443/a")));
    assertThat(redirect.stays()).isTrue();
    assertThat(redirect.uri()).isEqualTo(URI.create("https://orders/b"));
  }

  @Test
  void aQueryAloneKeepsThePath() {
    Redirect redirect =
        requireNonNull(
            Redirect.of(
                302,
                location("?page=2"),
                HttpMethod.GET,
                URI.create("http://orders//a/b?page=1"),
                URI.create("http://10.0.0.1:8080//a/b?page=1")));
    assertThat(redirect.uri()).isEqualTo(URI.create("http://orders//a/b?page=2"));
  }

  private static HttpHeaders location(String location) {
    HttpHeaders headers = new HttpHeaders();
    headers.set("Location", location);
    return headers;
  }
}
