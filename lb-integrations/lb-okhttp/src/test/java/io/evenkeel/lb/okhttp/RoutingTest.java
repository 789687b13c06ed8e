package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.NoEndpointException.Reason;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.ManualSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.Cookie;
import okhttp3.CookieJar;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RoutingTest {
  private static final MockResponse.Builder OK = new MockResponse.Builder().body("ok");

  @Test
  void eachRequestGoesToAnEndpointAndEverythingElseStaysLogical() throws Exception {
    try (Rig rig = Rig.of(3)) {
      rig.always(OK);
      OkHttpClient client = rig.client();
      for (int i = 0; i < 6; i++) {
        Response response = Rig.fetch(client, "http://orders/17?q=a%20b");
        assertThat(response.body().string()).isEqualTo("ok");
        assertThat(response.request().url()).hasToString("http://orders/17?q=a%20b");
        assertThat(response.request().header("Host")).isNull();
        assertThat(response.request().tag(Endpoint.class)).isEqualTo(rig.ended.take());
      }
      for (MockWebServer server : rig.servers) {
        assertThat(server.getRequestCount()).isEqualTo(2);
        RecordedRequest seen = server.takeRequest();
        assertThat(seen.getHeaders().get("Host")).isEqualTo("orders");
        assertThat(seen.getTarget()).isEqualTo("/17?q=a%20b");
        assertThat(server.takeRequest().getConnectionIndex()).as("pooled").isZero();
      }
      rig.outcomes.clear();
      rig.assertEnded();
    }
  }

  @Test
  void upperCaseTrailingDotAndAPortMeanTheSameService() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.always(OK);
      OkHttpClient client = rig.client();
      Rig.fetch(client, "http://ORDERS/");
      Rig.fetch(client, "http://orders./");
      Rig.fetch(client, "http://Orders.:8123/");
      MockWebServer server = rig.server();
      List<RecordedRequest> seen =
          List.of(server.takeRequest(), server.takeRequest(), server.takeRequest());
      assertThat(seen)
          .extracting(request -> request.getHeaders().get("Host"))
          .containsExactly("orders", "orders", "orders:8123");
      assertThat(seen).extracting(RecordedRequest::getConnectionIndex).containsOnly(0);
      rig.assertEnded(Outcome.SUCCESS, Outcome.SUCCESS, Outcome.SUCCESS);
    }
  }

  @Test
  void aHostThatNoBalancerClaimsPassesThroughUntouched() throws Exception {
    try (Rig rig = Rig.of(1);
        MockWebServer other = Rig.start(1, server -> server).get(0)) {
      other.enqueue(OK.build());
      List<Request> seen = new ArrayList<>();
      OkHttpClient client =
          rig.client()
              .newBuilder()
              .addInterceptor(
                  chain -> {
                    seen.add(chain.request());
                    return chain.proceed(chain.request());
                  })
              .build();
      Request request = Rig.get(other.url("/x").toString());
      Response response = Rig.fetch(client, request);
      assertThat(seen).hasSize(1);
      assertThat(seen.get(0)).isSameAs(request);
      assertThat(response.request()).isSameAs(request);
      assertThat(other.takeRequest().getHeaders().get("Host"))
          .isEqualTo(other.getHostName() + ":" + other.getPort());
      assertThat(rig.outcomes).isEmpty();
    }
  }

  @Test
  void aHostHeaderOfTheCallersOwnStays() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.always(OK);
      Request request =
          Rig.get("http://orders/").newBuilder().header("Host", "tenant.test").build();
      Rig.fetch(rig.client(), request);
      assertThat(rig.server().takeRequest().getHeaders().get("Host")).isEqualTo("tenant.test");
    }
  }

  @Test
  void cookiesBelongToTheService() throws Exception {
    try (Rig rig = Rig.of(2)) {
      rig.always(OK.clone().addHeader("Set-Cookie", "a=b; Path=/"));
      List<Cookie> kept = new ArrayList<>();
      CookieJar jar =
          new CookieJar() {
            @Override
            public void saveFromResponse(HttpUrl url, List<Cookie> cookies) {
              kept.addAll(cookies);
            }

            @Override
            public List<Cookie> loadForRequest(HttpUrl url) {
              return kept.stream().filter(cookie -> cookie.matches(url)).toList();
            }
          };
      OkHttpClient client = rig.client(builder -> builder.cookieJar(jar));
      Rig.fetch(client, "http://orders/");
      assertThat(kept.get(0).domain()).isEqualTo("orders");
      Rig.fetch(client, "http://orders/");
      List<String> sent = new ArrayList<>();
      for (MockWebServer server : rig.servers) {
        sent.add(String.valueOf(server.takeRequest().getHeaders().get("Cookie")));
      }
      assertThat(sent).containsExactlyInAnyOrder("null", "a=b");
    }
  }

  @Test
  void anEndpointThatIsANameIsResolvedByTheClientsDns() throws Exception {
    MockWebServer server = Rig.start(1, s -> s).get(0);
    try (Balancer orders =
            Balancer.builder("orders")
                .source(EndpointSource.of(Endpoint.of("web1.test", server.getPort())))
                .strategy(RoundRobin.of())
                .build();
        server) {
      server.enqueue(OK.build());
      List<String> asked = new ArrayList<>();
      Dns dns =
          name -> {
            asked.add(name);
            return List.of(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
          };
      OkHttpClient client =
          BalancerInterceptor.of(orders).install(new OkHttpClient.Builder().dns(dns)).build();
      Rig.fetch(client, "http://orders/");
      assertThat(asked).containsExactly("web1.test");
      client.connectionPool().evictAll();
    }
  }

  @Test
  void aPinnedDnsIsEqualByValueAndLeavesOtherHostsAlone() throws Exception {
    Dns dns = name -> List.of(InetAddress.getByAddress(new byte[] {9, 9, 9, 9}));
    PinnedDns pinned = pinned("orders", "10.0.0.1", dns, 0);
    assertThat(pinned).isEqualTo(pinned("orders", "10.0.0.1", dns, 0));
    assertThat(pinned).hasSameHashCodeAs(pinned("orders", "10.0.0.1", dns, 0));
    assertThat(pinned).isNotEqualTo(pinned("orders", "10.0.0.2", dns, 0));
    assertThat(pinned).isNotEqualTo(pinned("payments", "10.0.0.1", dns, 0));
    assertThat(pinned).isNotEqualTo(pinned("orders", "10.0.0.1", dns, 1));
    assertThat(pinned).isNotEqualTo(pinned("orders", "10.0.0.1", Dns.SYSTEM, 0));
    assertThat(pinned)
        .isNotEqualTo(new PinnedDns("orders", "10.0.0.1", dns, 0, AddressPolicy.LOOPBACK_TOO));
    assertThat(pinned).isNotEqualTo(dns);
    assertThat(pinned.lookup("orders")).hasToString("[orders/10.0.0.1]");
    assertThat(pinned.lookup("elsewhere")).hasToString("[/9.9.9.9]");
    assertThat(pinned("orders", "2001:db8::1", dns, 0).lookup("orders"))
        .hasToString("[orders/2001:db8:0:0:0:0:0:1]");
    assertThat(pinned("orders", "web1", dns, 0).lookup("orders")).hasToString("[orders/9.9.9.9]");
  }

  private static PinnedDns pinned(String host, String target, Dns client, int generation) {
    return new PinnedDns(host, target, client, generation, AddressPolicy.ROUTABLE);
  }

  @Test
  void whenThereIsNoEndpointTheCallFailsWithAnIOException() throws Exception {
    try (Balancer orders =
        Balancer.builder("orders").source(new ManualSource()).strategy(RoundRobin.of()).build()) {
      OkHttpClient client =
          BalancerInterceptor.of(orders).install(new OkHttpClient.Builder()).build();
      assertThatThrownBy(() -> client.newCall(Rig.get("http://orders/")).execute())
          .isInstanceOfSatisfying(
              NoEndpointIOException.class,
              e -> {
                assertThat(e.reason()).isEqualTo(Reason.NOT_READY);
                assertThat(e.getStackTrace()).isEmpty();
              })
          .hasMessage("orders: no endpoints yet");
      CompletableFuture<IOException> failure = new CompletableFuture<>();
      client
          .newCall(Rig.get("http://orders/"))
          .enqueue(
              new Callback() {
                @Override
                public void onFailure(Call call, IOException e) {
                  failure.complete(e);
                }

                @Override
                public void onResponse(Call call, Response response) {
                  response.close();
                  failure.completeExceptionally(new AssertionError(response.toString()));
                }
              });
      assertThat(failure.get(20, TimeUnit.SECONDS)).isInstanceOf(NoEndpointIOException.class);
      client.dispatcher().executorService().shutdown();
    }
  }

  @Test
  void aFixedProxyIsRefusedAndAProxySelectorIsNotAsked() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.always(OK);
      Proxy proxy =
          new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy.test", 3128));
      OkHttpClient fixed = rig.client(client -> client.proxy(proxy));
      assertThatThrownBy(() -> fixed.newCall(Rig.get("http://orders/")).execute())
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("proxy: HTTP @ proxy.test")
          .hasMessageContaining("(expected: none for orders");
      assertThat(rig.outcomes).isEmpty();
      ProxySelector selector =
          new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
              return List.of(proxy);
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException e) {}
          };
      Rig.fetch(rig.client(client -> client.proxySelector(selector)), "http://orders/");
      rig.assertEnded(Outcome.SUCCESS);
    }
  }

  @Test
  void theStrategySeesTheContextThatARequestCarries() throws Exception {
    List<Long> affinities = new ArrayList<>();
    Strategy strategy =
        (nodes, previous) ->
            context -> {
              affinities.add(context.affinity());
              return nodes.usable().get(0);
            };
    try (Rig rig = Rig.of(Rig.start(1, s -> s), endpoint -> endpoint, b -> b.strategy(strategy))) {
      rig.always(OK);
      RequestContext context =
          new RequestContext() {
            @Override
            public long affinity() {
              return 42;
            }
          };
      Request tagged =
          Rig.get("http://orders/").newBuilder().tag(RequestContext.class, context).build();
      OkHttpClient client = rig.client();
      Rig.fetch(client, tagged);
      Rig.fetch(client, "http://orders/");
      assertThat(affinities).containsExactly(42L, 0L);
    }
  }

  @Test
  void badSettingsAreRefused() {
    try (Balancer orders = named("orders");
        Balancer again = named("ORDERS.");
        Balancer spaced = named("my orders")) {
      assertThatThrownBy(BalancerInterceptor::of)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("balancer: none (expected: at least one)");
      assertThatThrownBy(() -> BalancerInterceptor.of(orders, again))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("balancer: a second one named \"orders\" (expected: one for each host)");
      assertThatThrownBy(() -> BalancerInterceptor.of(spaced))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("balancer: named \"my orders\" (expected: a name that can be a host)");
      assertThat(BalancerInterceptor.of(orders))
          .hasToString("BalancerInterceptor[orders][outcomes=OutcomeClassifier.ofDefaults()]");
    }
  }

  @Test
  void installRaisesTheLimitsAndInstallsOnce() {
    try (Balancer orders = named("orders")) {
      BalancerInterceptor interceptor = BalancerInterceptor.of(orders);
      OkHttpClient client =
          interceptor.install(interceptor.install(new OkHttpClient.Builder())).build();
      assertThat(client.interceptors()).hasSize(1);
      assertThat(client.networkInterceptors()).hasSize(1);
      assertThat(client.dispatcher().getMaxRequestsPerHost())
          .isEqualTo(client.dispatcher().getMaxRequests())
          .isGreaterThan(64);
      assertThat(client.retryOnConnectionFailure()).as("for other hosts").isTrue();
    }
  }

  @Test
  void manyEnqueuedCallsToOneServiceRunAtOnce() throws Exception {
    int calls = 40;
    CountDownLatch together = new CountDownLatch(calls);
    try (Rig rig = Rig.of(2)) {
      for (MockWebServer server : rig.servers) {
        server.setDispatcher(
            new mockwebserver3.Dispatcher() {
              @Override
              public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
                together.countDown();
                return OK.clone().code(together.await(10, TimeUnit.SECONDS) ? 200 : 504).build();
              }
            });
      }
      OkHttpClient client = rig.client();
      BlockingQueue<Object> results = new LinkedBlockingQueue<>();
      for (int i = 0; i < calls; i++) {
        client
            .newCall(Rig.get("http://orders/" + i))
            .enqueue(
                new Callback() {
                  @Override
                  public void onFailure(Call call, IOException e) {
                    results.add(e);
                  }

                  @Override
                  public void onResponse(Call call, Response response) {
                    response.close();
                    results.add(response.code());
                  }
                });
      }
      List<@Nullable Object> all = new ArrayList<>();
      for (int i = 0; i < calls; i++) {
        all.add(Rig.poll(results));
      }
      assertThat(all).hasSize(calls).containsOnly(200);
      rig.assertIdle();
    }
  }

  private static Balancer named(String name) {
    return Balancer.builder(name)
        .source(EndpointSource.of(Endpoint.of("127.0.0.1", 1)))
        .strategy(RoundRobin.of())
        .build();
  }
}
