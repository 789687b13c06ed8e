package io.evenkeel.lb.okhttp.health;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.HealthCheck;
import io.evenkeel.lb.health.HealthState;
import io.evenkeel.lb.health.probe.ActiveProbe;
import io.evenkeel.lb.health.probe.HealthProbe;
import io.evenkeel.lb.okhttp.OkHttpHealthProbe;
import io.evenkeel.lb.testkit.rig.Fault;
import io.evenkeel.lb.testkit.rig.FaultProxy;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import io.evenkeel.lb.testkit.rig.SilentNetwork;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Processes that die and stand still, and networks that fail, under a health check. */
@Timeout(60)
@ExtendWith(Leftovers.class)
class RealFaultsTest {
  private static final Duration LIMIT = Duration.ofMillis(400);
  private static final String VICTIM = "victim";

  private static HealthProbe probe(OkHttpClient client) {
    return OkHttpHealthProbe.of(client, "/health");
  }

  private static ActiveProbe.Builder often(HealthProbe probe) {
    return ActiveProbe.builder(probe)
        .interval(Duration.ofMillis(500))
        .timeout(LIMIT)
        .fastInterval(Duration.ofMillis(100))
        .initiallyDown();
  }

  private static HealthCheck check(OkHttpClient client) {
    return often(probe(client)).build();
  }

  /** It is found out and comes back, and whoever uses the service sees only the first of it. */
  private static void outAndBack(
      ServerProcess victim, List<ServerProcess> others, Runnable harm, Runnable heal) {
    Endpoint[] endpoints = {
      victim.endpoint(VICTIM), others.get(0).endpoint("one"), others.get(1).endpoint("two")
    };
    try (Watched watched = new Watched(RealFaultsTest::check, endpoints)) {
      watched.awaitAllUp();
      watched.awaitInTraffic("all are used", () -> victim.requests() >= 3);
      long wasFit = watched.version();
      harm.run();
      watched.awaitInTraffic("down", () -> watched.state(VICTIM) == HealthState.DOWN);
      assertThat(watched.path(VICTIM, wasFit))
          .isIn(List.of(HealthState.DOWN), List.of(HealthState.EJECTED, HealthState.DOWN));
      long taken = victim.requests();
      for (int i = 0; i < 30; i++) {
        assertThat(watched.request()).as("request %d without the victim", i).isTrue();
      }
      assertThat(victim.requests()).isEqualTo(taken);
      long wasDown = watched.version();
      heal.run();
      watched.awaitInTraffic("up again", () -> watched.state(VICTIM) == HealthState.UP);
      assertThat(watched.path(VICTIM, wasDown))
          .containsExactly(HealthState.RAMPING, HealthState.UP);
      long back = victim.requests();
      watched.awaitInTraffic("used again", () -> victim.requests() >= back + 3);
    }
  }

  private static void outAndBack(Harm harm, Harm heal) {
    List<ServerProcess> servers = ServerProcess.builder().start(3);
    try {
      ServerProcess victim = servers.get(0);
      outAndBack(victim, servers.subList(1, 3), () -> harm.to(victim), () -> heal.to(victim));
    } finally {
      servers.forEach(ServerProcess::close);
    }
  }

  private interface Harm {
    void to(ServerProcess server);
  }

  @Test
  void aServerThatIsKilledIsOutUntilItIsBackOnItsPort() {
    outAndBack(ServerProcess::kill, ServerProcess::restart);
  }

  @Test
  void aServerThatIsStoppedIsOutUntilItGoesOn() {
    outAndBack(ServerProcess::stop, ServerProcess::resume);
  }

  @Test
  void aServerInABlackHoleIsOutUntilItCanBeReached() {
    assumeThat(SilentNetwork.obstacle()).as("needs root and the tools of iproute2").isEmpty();
    List<ServerProcess> others = ServerProcess.builder().start(2);
    try (SilentNetwork network = SilentNetwork.open();
        ServerProcess victim = ServerProcess.builder().in(network).start()) {
      outAndBack(victim, others, network::silence, network::restore);
    } finally {
      others.forEach(ServerProcess::close);
    }
  }

  /** The same endpoint at another address: the old one is left alone, the new one is asked. */
  @Test
  void aServerThatIsBackOnAnotherPortIsAskedThereAndNotHereAnyMore() throws Exception {
    List<ServerProcess> servers = ServerProcess.builder().start(3);
    ServerProcess moved = servers.get(0);
    Endpoint[] others = {servers.get(1).endpoint("one"), servers.get(2).endpoint("two")};
    try (Watched watched =
        new Watched(RealFaultsTest::check, moved.endpoint(VICTIM), others[0], others[1])) {
      watched.awaitAllUp();
      int before = moved.port();
      moved.kill();
      watched.awaitInTraffic("down", () -> watched.state(VICTIM) == HealthState.DOWN);
      moved.restartElsewhere();
      assertThat(moved.port()).isNotEqualTo(before);
      assertThat(watched.state(VICTIM)).as("not known yet").isEqualTo(HealthState.DOWN);
      long wasDown = watched.version();
      watched.publish(moved.endpoint(VICTIM), others[0], others[1]);
      watched.await(
          "up at the new port",
          () ->
              watched.registry.endpoints().size() == 3
                  && watched.health(VICTIM).endpoint().port() == moved.port()
                  && watched.state(VICTIM) == HealthState.UP);
      assertThat(watched.registry.history())
          .filteredOn(each -> each.version() > wasDown && each.endpoint().id().equals(VICTIM))
          .extracting(each -> each.from() + " " + each.to())
          .startsWith("DOWN null", "null DOWN");
      try (ServerSocketChannel vacant = ServerSocketChannel.open()) {
        vacant.bind(new InetSocketAddress(moved.host(), before)).configureBlocking(false);
        long asked = moved.requests("/health");
        long used = moved.requests();
        watched.awaitInTraffic(
            "asked and used",
            () -> moved.requests("/health") >= asked + 4 && moved.requests() >= used + 3);
        assertThat(vacant.accept()).as("nobody asks the old port").isNull();
      }
    } finally {
      servers.forEach(ServerProcess::close);
    }
  }

  @Test
  void whatTheNetworkDoesToAnAnswerIsDownAndTheReasonSaysSo() {
    Map<String, Fault> faults = new LinkedHashMap<>();
    faults.put("latency", Fault.latency(Duration.ofSeconds(5)));
    faults.put("reset", Fault.reset());
    faults.put("late reset", Fault.resetAfter(20));
    faults.put("truncation", Fault.truncationAfter(5000));
    faults.put("slow body", Fault.bandwidth(1000));
    faults.put("silence", Fault.silence());
    faults.put("refusal", Fault.refusal());
    Map<String, String> reasons =
        Map.of(
            "latency", "no answer within PT0.4S",
            "reset", "(?i).*(reset|broken pipe|unexpected end of stream).*",
            "late reset", "(?i).*reset.*",
            "truncation", "unexpected end of stream",
            "slow body", "no answer within PT0.4S",
            "silence", "no answer within PT0.4S");
    Map<String, FaultProxy> proxies = new LinkedHashMap<>();
    try (ServerProcess server = ServerProcess.builder().bodyBytes(10_000).start()) {
      faults.forEach((id, fault) -> proxies.put(id, FaultProxy.to(server.host(), server.port())));
      Endpoint[] endpoints =
          proxies.entrySet().stream()
              .map(
                  each ->
                      Endpoint.builder(each.getValue().host(), each.getValue().port())
                          .id(each.getKey())
                          .build())
              .toArray(Endpoint[]::new);
      try (Watched watched = new Watched(RealFaultsTest::check, endpoints)) {
        watched.awaitAllUp();
        proxies.forEach((id, proxy) -> proxy.set(requireNonNull(faults.get(id))));
        // A connection that is kept goes on while new ones are refused.
        reasons.forEach(
            (id, reason) -> {
              watched.await(id + " is down", () -> watched.state(id) == HealthState.DOWN);
              assertThat(watched.health(id).why()).as(id).matches(reason);
            });
        assertThat(watched.state("refusal")).isEqualTo(HealthState.UP);
        proxies.values().forEach(proxy -> proxy.set(Fault.none()));
        watched.awaitAllUp();
        for (int i = 0; i < 20; i++) {
          assertThat(watched.request()).as("request %d after the faults", i).isTrue();
        }
      }
    } finally {
      proxies.values().forEach(FaultProxy::close);
    }
  }

  /** A port that was given to another service, which is well and answers 200. */
  @Test
  void anotherServiceAtThePortIsDownUntilTheRightOneIsBack() throws Exception {
    List<ServerProcess> servers = ServerProcess.builder().start(3);
    ServerProcess victim = servers.get(0);
    Set<String> strangersRequests = ConcurrentHashMap.newKeySet();
    // More failures than it takes the other one to begin, so that it is what brings it down.
    try (Watched watched =
        new Watched(
            client ->
                often(
                        OkHttpHealthProbe.builder(client)
                            .path("/health")
                            .identityInBody("xxx")
                            .build())
                    .fall(20)
                    .build(),
            victim.endpoint(VICTIM),
            servers.get(1).endpoint("one"),
            servers.get(2).endpoint("two"))) {
      watched.awaitAllUp();
      victim.kill();
      try (MockWebServer payments = new MockWebServer()) {
        payments.setDispatcher(
            new Dispatcher() {
              @Override
              public MockResponse dispatch(RecordedRequest request) {
                strangersRequests.add(request.getTarget());
                return new MockResponse.Builder().body("payments").build();
              }
            });
        payments.start(InetAddress.getByName(victim.host()), victim.port());
        watched.await("down", () -> watched.state(VICTIM) == HealthState.DOWN);
        assertThat(watched.health(VICTIM).why())
            .isEqualTo("another service answers here: the body lacks \"xxx\"");
        int asked = payments.getRequestCount();
        watched.awaitInTraffic("it is asked on", () -> payments.getRequestCount() >= asked + 5);
        assertThat(watched.state(VICTIM)).isEqualTo(HealthState.DOWN);
        assertThat(strangersRequests).as("no request of ours").containsOnly("/health");
      }
      victim.restart();
      watched.awaitInTraffic("up again", () -> watched.state(VICTIM) == HealthState.UP);
    } finally {
      servers.forEach(ServerProcess::close);
    }
  }
}
