package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.strategy.RoundRobin;
import java.io.File;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Cache;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedirectsTest {
  private static final MockResponse.Builder OK = new MockResponse.Builder().body("ok");

  @ParameterizedTest
  @CsvSource({
    "http://orders/other, http://orders/other",
    "/other, http://orders/other",
    "other, http://orders/a/other",
    "http://ORDERS:99/other, http://orders:99/other"
  })
  void aRedirectWithinTheServiceStaysAtItsEndpoint(String location, String shown) throws Exception {
    try (Rig rig = Rig.of(2)) {
      for (MockWebServer server : rig.servers) {
        server.enqueue(redirect(302, location));
        server.enqueue(OK.build());
      }
      OkHttpClient client = rig.client();
      for (int i = 0; i < 2; i++) {
        Response response = Rig.fetch(client, "http://orders/a/b");
        assertThat(response.code()).isEqualTo(200);
        assertThat(response.request().url()).hasToString(shown);
        Response prior = Objects.requireNonNull(response.priorResponse());
        assertThat(prior.header("Location")).isEqualTo(location);
        assertThat(prior.request().url()).hasToString("http://orders/a/b");
      }
      for (MockWebServer server : rig.servers) {
        assertThat(server.getRequestCount()).isEqualTo(2);
        assertThat(Rig.connections(server)).isEqualTo(1);
      }
      rig.assertEnded(Outcome.SUCCESS, Outcome.SUCCESS);
    }
  }

  @Test
  void aRequestThatARedirectLedToCountsForTheEndpoint() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.server().enqueue(redirect(302, "/other"));
      rig.enqueue(new MockResponse.Builder().code(500));
      Rig.fetch(rig.client(), "http://orders/");
      rig.assertEnded(Outcome.FAILURE);
    }
  }

  @Test
  void aRedirectToAnotherHostIsNeitherBalancedNorCountedNorTrustedMore() throws Exception {
    try (Rig rig = Rig.of(1);
        MockWebServer other = Rig.start(1, server -> server).get(0)) {
      String elsewhere = other.url("/x").toString();
      rig.enqueue(new MockResponse.Builder().code(302).addHeader("Location", elsewhere));
      other.enqueue(new MockResponse.Builder().code(500).build());
      Request request =
          Rig.get("http://orders/")
              .newBuilder()
              .header("Authorization", "secret")
              .header("X-Mine", "1")
              .build();
      Response response = Rig.fetch(rig.client(), request);
      assertThat(response.code()).isEqualTo(500);
      assertThat(response.request().url()).hasToString(elsewhere);
      assertThat(Objects.requireNonNull(response.priorResponse()).request().url())
          .hasToString("http://orders/");
      RecordedRequest seen = other.takeRequest();
      assertThat(seen.getHeaders().get("Host"))
          .isEqualTo(other.getHostName() + ":" + other.getPort());
      assertThat(seen.getHeaders().get("Authorization")).isNull();
      assertThat(seen.getHeaders().get("X-Mine")).isEqualTo("1");
      assertThat(rig.server().takeRequest().getHeaders().get("Authorization")).isEqualTo("secret");
      rig.assertEnded(Outcome.SUCCESS);
    }
  }

  @Test
  void aRedirectToTheServiceOfAnotherBalancerIsBalancedThere() throws Exception {
    try (Rig rig = Rig.of(1);
        MockWebServer other = Rig.start(1, server -> server).get(0);
        Balancer payments =
            Balancer.builder("payments")
                .source(EndpointSource.of(Endpoint.of("127.0.0.1", other.getPort())))
                .strategy(RoundRobin.of())
                .build()) {
      rig.server().enqueue(redirect(302, "http://payments/x"));
      other.enqueue(OK.build());
      OkHttpClient client =
          BalancerInterceptor.of(rig.orders, payments).install(new OkHttpClient.Builder()).build();
      Response response = Rig.fetch(client, "http://orders/");
      assertThat(response.request().url()).hasToString("http://payments/x");
      assertThat(Objects.requireNonNull(response.request().tag(Endpoint.class)).port())
          .isEqualTo(other.getPort());
      assertThat(other.takeRequest().getHeaders().get("Host")).isEqualTo("payments");
      rig.assertEnded(Outcome.SUCCESS);
      assertThat(payments.nodes().get(0).inFlight()).isZero();
      client.connectionPool().evictAll();
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void aRedirectFromAHostThatNoBalancerClaimsIsOkHttpsOwnAndNotBalanced(boolean fromOrders)
      throws Exception {
    try (Rig rig = Rig.of(1);
        MockWebServer other = Rig.start(1, server -> server).get(0)) {
      String elsewhere = other.url("/x").toString();
      rig.server().enqueue(redirect(302, elsewhere));
      other.enqueue(redirect(302, "http://orders/back"));
      Dns dns =
          name -> {
            if (name.equals("orders")) {
              throw new UnknownHostException("looked up " + name);
            }
            return Dns.SYSTEM.lookup(name);
          };
      OkHttpClient client = rig.client(builder -> builder.dns(dns));
      assertThatThrownBy(() -> Rig.fetch(client, fromOrders ? "http://orders/" : elsewhere))
          .isInstanceOf(UnknownHostException.class)
          .hasMessage("looked up orders");
      assertThat(other.getRequestCount()).isEqualTo(1);
      assertThat(rig.server().getRequestCount()).isEqualTo(fromOrders ? 1 : 0);
      rig.assertEnded(fromOrders ? new Outcome[] {Outcome.SUCCESS} : new Outcome[0]);
    }
  }

  @ParameterizedTest
  @CsvSource({"301, GET", "302, GET", "303, GET", "307, POST", "308, POST"})
  void aPostBecomesAGetWhereOkHttpMakesItOne(int code, String method) throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.server().enqueue(redirect(code, "/other"));
      rig.enqueue(OK);
      Rig.fetch(rig.client(), Rig.post("http://orders/", "x"));
      assertThat(rig.server().takeRequest().getMethod()).isEqualTo("POST");
      RecordedRequest second = rig.server().takeRequest();
      assertThat(second.getMethod()).isEqualTo(method);
      assertThat(second.getBodySize()).isEqualTo(method.equals("POST") ? 1 : 0);
      assertThat(second.getHeaders().get("Content-Length"))
          .isEqualTo(method.equals("POST") ? "1" : null);
    }
  }

  @Test
  void aClientThatDoesNotFollowRedirectsSeesThem() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.server().enqueue(redirect(302, "http://orders/other"));
      OkHttpClient client = rig.client(builder -> builder.followRedirects(false));
      Response response = Rig.fetch(client, "http://orders/");
      assertThat(response.code()).isEqualTo(302);
      assertThat(response.header("Location")).isEqualTo("http://orders/other");
      rig.assertEnded(Outcome.SUCCESS);
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aChangeOfSchemeIsFollowedOnlyIfTheClientFollowsIt(boolean follow) throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.server().enqueue(redirect(302, "https://orders/other"));
      OkHttpClient client =
          rig.client(
              builder -> builder.followSslRedirects(follow).readTimeout(Duration.ofMillis(300)));
      if (follow) {
        // The endpoint speaks no TLS.
        assertThatThrownBy(() -> Rig.fetch(client, "http://orders/"))
            .isInstanceOf(java.io.IOException.class);
        assertThat(rig.server().takeRequest().getTarget()).isEqualTo("/");
        RecordedRequest hello = rig.server().takeRequest(1, TimeUnit.SECONDS);
        assertThat(hello == null ? "" : hello.getTarget()).isNotEqualTo("/other");
        rig.assertEnded(Outcome.UNREACHABLE);
      } else {
        assertThat(Rig.fetch(client, "http://orders/").code()).isEqualTo(302);
        rig.assertEnded(Outcome.SUCCESS);
      }
    }
  }

  @Test
  void aRedirectThatLeadsNowhereIsShown() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().code(302));
      rig.server().enqueue(redirect(302, "ftp://orders/"));
      OkHttpClient client = rig.client();
      assertThat(Rig.fetch(client, "http://orders/").code()).isEqualTo(302);
      assertThat(Rig.fetch(client, "http://orders/").header("Location")).isEqualTo("ftp://orders/");
      rig.assertEnded(Outcome.SUCCESS, Outcome.SUCCESS);
    }
  }

  @Test
  void aLoopEndsAfterAsManyRedirectsAsOkHttpFollows() throws Exception {
    try (Rig rig = Rig.of(2)) {
      rig.always(redirect(302, "http://orders/").newBuilder());
      assertThatThrownBy(() -> Rig.fetch(rig.client(), "http://orders/"))
          .isInstanceOf(ProtocolException.class)
          .hasMessage("Too many follow-up requests: 21");
      rig.assertEnded(Outcome.SUCCESS);
    }
  }

  @Test
  void aCachedRedirectIsFollowedLikeAFreshOne(@TempDir File directory) throws Exception {
    try (Rig rig = Rig.of(2);
        Cache cache = new Cache(directory, 1 << 20)) {
      OkHttpClient client = rig.client(builder -> builder.cache(cache));
      for (MockWebServer server : rig.servers) {
        server.setDispatcher(
            new mockwebserver3.Dispatcher() {
              @Override
              public MockResponse dispatch(RecordedRequest request) {
                return request.getTarget().equals("/a")
                    ? redirect(301, "/b")
                        .newBuilder()
                        .addHeader("Cache-Control: max-age=60")
                        .build()
                    : OK.clone().addHeader("Cache-Control: max-age=60").build();
              }
            });
      }
      for (int i = 0; i < 3; i++) {
        Response response = Rig.fetch(client, "http://orders/a");
        assertThat(response.request().url()).hasToString("http://orders/b");
        assertThat(Objects.requireNonNull(response.priorResponse()).header("Location"))
            .isEqualTo("/b");
      }
      assertThat(rig.servers.stream().mapToInt(MockWebServer::getRequestCount).sum()).isEqualTo(2);
      assertThat(cache.hitCount()).isEqualTo(4);
      rig.assertEnded(Outcome.SUCCESS, Outcome.CANCELLED, Outcome.CANCELLED);
    }
  }

  private static MockResponse redirect(int code, String location) {
    return new MockResponse.Builder().code(code).addHeader("Location", location).body("go").build();
  }
}
