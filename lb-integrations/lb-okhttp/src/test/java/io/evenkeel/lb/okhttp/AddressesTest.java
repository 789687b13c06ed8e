package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.health.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.Call;
import okhttp3.Dns;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where calls must not lead, whatever names resolve to and endpoints redirect to. */
@Timeout(60)
class AddressesTest {
  private static final MockResponse.Builder OK = new MockResponse.Builder().body("ok");

  /** Where OkHttp has begun to connect to. */
  private final ConcurrentLinkedQueue<String> connected = new ConcurrentLinkedQueue<>();

  private OkHttpClient client(Rig rig, Dns dns) {
    return rig.client(
        builder ->
            builder
                .dns(dns)
                .eventListener(
                    new EventListener() {
                      @Override
                      public void connectStart(Call call, InetSocketAddress to, Proxy proxy) {
                        connected.add(to.getAddress().getHostAddress());
                      }
                    }));
  }

  /** Some names, and everything else at loopback. */
  private static Dns names(String... pairs) {
    return name -> {
      List<InetAddress> found = new ArrayList<>();
      for (int i = 0; i < pairs.length; i += 2) {
        if (pairs[i].equals(name)) {
          found.add(InetAddress.getByName(pairs[i + 1]));
        }
      }
      return found.isEmpty() ? List.of(InetAddress.getLoopbackAddress()) : found;
    };
  }

  /** The servers are endpoints by a name, so nobody knows beforehand that they are at loopback. */
  private static Rig discovered(AddressPolicy policy) {
    List<MockWebServer> servers = Rig.start(1, server -> server);
    EndpointSource source =
        EndpointSource.of(Endpoint.of("web1.test", servers.get(0).getPort())).withAddresses(policy);
    return Rig.of(servers, endpoint -> endpoint, settings -> settings.source(source));
  }

  @ParameterizedTest
  @ValueSource(strings = {"169.254.169.254", "127.0.0.1", "::1", "0.0.0.0", "fd00:ec2::254"})
  void anEndpointWhoseNameResolvesToARefusedAddressIsNotConnectedTo(String address)
      throws Exception {
    try (Rig rig = discovered(AddressPolicy.ROUTABLE)) {
      rig.enqueue(OK);
      OkHttpClient client = client(rig, names("web1.test", address));
      assertThatThrownBy(() -> Rig.fetch(client, "http://orders/"))
          .isInstanceOf(UnknownHostException.class)
          .hasMessage(
              "orders: AddressPolicy.ROUTABLE refuses what the endpoint web1.test resolves to: "
                  + InetAddress.getByName(address).getHostAddress()
                  + " (expected: an address that its source permits)");
      assertThat(connected).isEmpty();
      assertThat(rig.server().getRequestCount()).isZero();
      rig.assertEnded(Outcome.UNREACHABLE);
    }
  }

  @Test
  void ofSeveralAddressesThePermittedOnesAreUsed() throws Exception {
    try (Rig rig = discovered(AddressPolicy.LOOPBACK_TOO)) {
      rig.enqueue(OK);
      Dns dns = names("web1.test", "169.254.169.254", "web1.test", "127.0.0.1");
      assertThat(Rig.fetch(client(rig, dns), "http://orders/").code()).isEqualTo(200);
      assertThat(connected).containsExactly("127.0.0.1");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://2852039166/",
        "http://169.254.43518/",
        "https://169.254.169.254/",
        "http://0.0.0.0:PORT/",
        "http://127.0.0.1:PORT/",
        "http://127.1:PORT/",
        "http://[::1]:PORT/",
        "http://localhost:PORT/",
        "http://LOCALHOST.:PORT/",
        "http://other.localhost:PORT/",
        "http://evil.test:PORT/"
      })
  void aRedirectToARefusedAddressSendsAndConnectsNothing(String location) throws Exception {
    try (Rig rig = discovered(AddressPolicy.ANY);
        MockWebServer other = Rig.start(1, server -> server).get(0)) {
      String target = location.replace("PORT", Integer.toString(other.getPort()));
      rig.enqueue(redirect(target));
      other.enqueue(OK.build());
      OkHttpClient client = client(rig, names());
      assertThatThrownBy(() -> Rig.fetch(client, "http://orders/"))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(
              "orders: endpoint web1.test:" + rig.server().getPort() + " redirects to ")
          .hasMessageContaining(", but AddressPolicy.ROUTABLE refuses ")
          .hasMessageEndingWith(" (expected: a redirect to a service or to a permitted address)");
      assertThat(connected).containsExactly("127.0.0.1");
      assertThat(other.getRequestCount()).isZero();
      rig.assertEnded(Outcome.SUCCESS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "[::1]", "sidecar.localhost", "self.test"})
  void anEndpointAtLoopbackMayRedirectToLoopback(String host) throws Exception {
    try (Rig rig = Rig.of(1);
        MockWebServer other = new MockWebServer()) {
      other.start(InetAddress.getByName("::"), 0);
      String target = "http://" + host + ":" + other.getPort() + "/x";
      rig.enqueue(redirect(target));
      other.enqueue(OK.build());
      Response response = Rig.fetch(client(rig, names()), "http://orders/");
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.request().url()).hasToString(target);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"169.254.169.254", "metadata.test", "0.0.0.0"})
  void anEndpointAtLoopbackMayNotRedirectToWhatIsRefusedThere(String host) throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(redirect("http://" + host + "/"));
      Dns dns = names("metadata.test", "100.100.100.200");
      assertThatThrownBy(() -> Rig.fetch(client(rig, dns), "http://orders/"))
          .hasMessageContaining(", but AddressPolicy.LOOPBACK_TOO refuses ");
      assertThat(connected).containsExactly("127.0.0.1");
    }
  }

  /** What follows is OkHttp's own; "0.0.0.0" connects to this machine all the same. */
  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "any.test"})
  void aRedirectFurtherOnSendsNothingToARefusedAddress(String host) throws Exception {
    try (Rig rig = Rig.of(1);
        MockWebServer between = Rig.start(1, server -> server).get(0);
        MockWebServer last = new MockWebServer()) {
      last.start(InetAddress.getByName("0.0.0.0"), 0);
      rig.enqueue(redirect(between.url("/between").toString()));
      between.enqueue(redirect("http://" + host + ":" + last.getPort() + "/").build());
      last.enqueue(OK.build());
      OkHttpClient client = client(rig, names("any.test", "0.0.0.0"));
      assertThatThrownBy(() -> Rig.fetch(client, "http://orders/"))
          .hasMessage(
              "orders: endpoint 127.0.0.1:"
                  + rig.server().getPort()
                  + " redirects to "
                  + host
                  + ", but AddressPolicy.LOOPBACK_TOO refuses 0.0.0.0"
                  + " (expected: a redirect to a service or to a permitted address)");
      assertThat(between.getRequestCount()).isOne();
      assertThat(last.takeRequest(200, TimeUnit.MILLISECONDS)).isNull();
    }
  }

  @Test
  void callsThatWereNeverBalancedGoWhereTheyLike() throws Exception {
    try (Rig rig = Rig.of(1);
        MockWebServer other = new MockWebServer()) {
      other.start(InetAddress.getByName("0.0.0.0"), 0);
      String there = "http://0.0.0.0:" + other.getPort() + "/";
      other.enqueue(redirect(there + "2").build());
      other.enqueue(OK.build());
      assertThat(Rig.fetch(client(rig, names()), there).code()).isEqualTo(200);
    }
  }

  @Test
  void aRedirectThroughAProxyAtLoopbackIsTheProxys() throws Exception {
    try (Rig rig = discovered(AddressPolicy.ANY);
        MockWebServer proxy = Rig.start(1, server -> server).get(0)) {
      rig.enqueue(redirect("http://far.test/x"));
      proxy.enqueue(OK.build());
      InetSocketAddress unresolved =
          InetSocketAddress.createUnresolved("localhost", proxy.getPort());
      OkHttpClient client =
          client(rig, names())
              .newBuilder()
              .proxySelector(Proxies.of(new Proxy(Proxy.Type.HTTP, unresolved)))
              .build();
      assertThat(Rig.fetch(client, "http://orders/").code()).isEqualTo(200);
      assertThat(proxy.takeRequest().getRequestLine()).startsWith("GET http://far.test/x ");

      rig.enqueue(redirect("http://169.254.169.254/"));
      assertThatThrownBy(() -> Rig.fetch(client, "http://orders/"))
          .hasMessageContaining("AddressPolicy.ROUTABLE refuses 169.254.169.254");
      client.connectionPool().evictAll();
    }
  }

  @ParameterizedTest
  @CsvSource({"ROUTABLE, false", "LOOPBACK_TOO, true"})
  void healthProbesConnectToPermittedAddressesOnly(AddressPolicy policy, boolean reached)
      throws Exception {
    try (Rig rig = discovered(policy);
        OkHttpHealthProbe probe = OkHttpHealthProbe.of(client(rig, names()), "/")) {
      rig.enqueue(OK);
      CompletionStage<Verdict> verdict =
          probe.probe(
              Endpoint.of("web1.test", rig.server().getPort()), policy, Duration.ofSeconds(15));
      if (reached) {
        assertThat(verdict.toCompletableFuture().get(20, TimeUnit.SECONDS).kind())
            .isEqualTo(Verdict.Kind.UP);
      } else {
        assertThatThrownBy(() -> verdict.toCompletableFuture().get(20, TimeUnit.SECONDS))
            .hasRootCauseInstanceOf(UnknownHostException.class)
            .hasMessageContaining("AddressPolicy.ROUTABLE refuses");
      }
      assertThat(rig.server().getRequestCount()).isEqualTo(reached ? 1 : 0);
    }
  }

  @ParameterizedTest
  @CsvSource({"ROUTABLE, false", "LOOPBACK_TOO, true", "ANY, true"})
  void loadProbesConnectToPermittedAddressesOnly(AddressPolicy policy, boolean reached)
      throws Exception {
    try (Rig rig = discovered(policy)) {
      rig.enqueue(
          new MockResponse.Builder()
              .addHeader("endpoint-load-metrics", "TEXT application_utilization=0.5"));
      OkHttpProbe probe =
          OkHttpProbe.builder(client(rig, names())).timeout(Duration.ofSeconds(15)).build();
      CompletionStage<LoadReport> report =
          probe.probe(Endpoint.of("web1.test", rig.server().getPort()), policy);
      if (reached) {
        assertThat(report.toCompletableFuture().get(20, TimeUnit.SECONDS).utilization())
            .isEqualTo(0.5);
      } else {
        assertThatThrownBy(() -> report.toCompletableFuture().get(20, TimeUnit.SECONDS))
            .hasRootCauseInstanceOf(UnknownHostException.class)
            .hasMessageContaining("AddressPolicy.ROUTABLE refuses");
      }
      assertThat(rig.server().getRequestCount()).isEqualTo(reached ? 1 : 0);
    }
  }

  private static MockResponse.Builder redirect(String location) {
    return new MockResponse.Builder().code(302).addHeader("Location", location).body("go");
  }

  /** One for all hosts. */
  private static final class Proxies extends java.net.ProxySelector {
    private final Proxy proxy;

    private Proxies(Proxy proxy) {
      this.proxy = proxy;
    }

    static Proxies of(Proxy proxy) {
      return new Proxies(proxy);
    }

    @Override
    public List<Proxy> select(java.net.URI uri) {
      return List.of(Objects.requireNonNull(proxy));
    }

    @Override
    public void connectFailed(java.net.URI uri, java.net.SocketAddress at, IOException failure) {}
  }
}
