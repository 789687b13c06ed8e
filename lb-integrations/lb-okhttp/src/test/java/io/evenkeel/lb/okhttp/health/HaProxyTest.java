package io.evenkeel.lb.okhttp.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.EndpointHealth;
import io.evenkeel.lb.health.HealthState;
import io.evenkeel.lb.health.probe.ActiveProbe;
import io.evenkeel.lb.health.probe.AgentProbe;
import io.evenkeel.lb.okhttp.OkHttpHealthProbe;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** HAProxy's checks and ours look at the same servers, and have to find the same. */
@Timeout(120)
@ExtendWith(Leftovers.class)
class HaProxyTest {
  /**
   * A machine that stands still for three of them makes a change, and there are few in a minute.
   */
  private static final Duration INTERVAL = Duration.ofMillis(400);

  private static final long SEED = 7;

  @TempDir Path folder;

  /**
   * What befalls a server, and how it ends.
   *
   * @param up whether the server is up meanwhile, as far as a check can see
   */
  private record Trouble(
      String name, Consumer<ServerProcess> begin, Consumer<ServerProcess> end, boolean up) {}

  private static void heal(ServerProcess server) {
    server.hangHealth(false);
    server.health(200);
  }

  private static final List<Trouble> TROUBLES =
      List.of(
          new Trouble("killed", ServerProcess::kill, ServerProcess::restart, false),
          new Trouble("stopped", ServerProcess::stop, ServerProcess::resume, false),
          new Trouble("hangs", server -> server.hangHealth(true), HaProxyTest::heal, false),
          new Trouble("sick", server -> server.health(503), HaProxyTest::heal, false),
          new Trouble("lost", server -> server.health(404), HaProxyTest::heal, false),
          new Trouble("restarted", ServerProcess::restart, server -> {}, true),
          // No check can see that: it is why there are detectors.
          new Trouble(
              "useless", server -> server.errors(1, 500), server -> server.errors(0, 500), true));

  /**
   * A server has each trouble once, in an order of chance: unlike HAProxy, we let no endpoint
   * change more than twice in a minute.
   */
  @Test
  void afterEachFaultBothFindTheSameServersUp() throws Exception {
    HaProxy.assumeInstalled();
    List<Trouble> coming = new ArrayList<>(TROUBLES);
    List<ServerProcess> servers = ServerProcess.builder().start(coming.size());
    List<Trouble> present = new ArrayList<>();
    try (HaProxy theirs =
            HaProxy.start(
                folder,
                lines(
                    "option httpchk GET /health",
                    "default-server check inter %dms rise 2 fall 3".formatted(INTERVAL.toMillis()),
                    servers));
        Watched ours =
            new Watched(
                client ->
                    ActiveProbe.builder(OkHttpHealthProbe.of(client, "/health"))
                        .interval(INTERVAL)
                        .timeout(INTERVAL.minusMillis(10))
                        .fastInterval(INTERVAL)
                        .rise(2)
                        .fall(3)
                        .build(),
                servers.stream()
                    .map(server -> server.endpoint(name(servers.indexOf(server))))
                    .toArray(Endpoint[]::new))) {
      Map<String, Boolean> truth = new TreeMap<>();
      for (int i = 0; i < servers.size(); i++) {
        truth.put(name(i), true);
      }
      ours.await(
          "both have asked all",
          () -> servers.stream().allMatch(server -> server.requests("/health") >= 5));
      expectAgreement("at first", truth, theirs, ours);
      SplittableRandom random = new SplittableRandom(SEED);
      while (!coming.isEmpty() || !present.isEmpty()) {
        boolean begins = present.isEmpty() || (!coming.isEmpty() && random.nextInt(3) > 0);
        List<Trouble> from = begins ? coming : present;
        Trouble trouble = from.remove(random.nextInt(from.size()));
        ServerProcess server = servers.get(TROUBLES.indexOf(trouble));
        (begins ? trouble.begin : trouble.end).accept(server);
        if (begins) {
          present.add(trouble);
        }
        truth.put(trouble.name(), !begins || trouble.up);
        expectAgreement(
            "seed " + SEED + ": " + trouble.name() + (begins ? " begins" : " ends"),
            truth,
            theirs,
            ours);
      }
    } finally {
      servers.forEach(ServerProcess::close);
    }
  }

  private static String name(int index) {
    return TROUBLES.get(index).name();
  }

  private static List<String> lines(String option, String check, List<ServerProcess> servers) {
    List<String> lines = new ArrayList<>(List.of(option, check));
    for (int i = 0; i < servers.size(); i++) {
      ServerProcess server = servers.get(i);
      lines.add("server %s %s:%d weight 100".formatted(name(i), server.host(), server.port()));
    }
    return lines;
  }

  private static void expectAgreement(
      String when, Map<String, Boolean> truth, HaProxy theirs, Watched ours) {
    ours.await(
        when + ": we find " + truth,
        () -> truth.equals(up(ours.registry.endpoints())) && truth.equals(up(theirs)));
  }

  private static Map<String, Boolean> up(List<EndpointHealth> endpoints) {
    return endpoints.stream()
        .collect(
            Collectors.toMap(each -> each.endpoint().id(), each -> each.state().isInService()));
  }

  private static Map<String, Boolean> up(HaProxy theirs) {
    return theirs.servers().entrySet().stream()
        .collect(
            Collectors.toMap(Map.Entry::getKey, each -> each.getValue().state().isInService()));
  }

  @Test
  void anAgentsLineMeansTheSameToBoth() throws Exception {
    HaProxy.assumeInstalled();
    List<Agent> agents =
        List.of(
                "up",
                "ready",
                "75%",
                "up 50%",
                "0%",
                "drain",
                "DRAIN",
                "drain 75%",
                "maint",
                "down",
                "down # disk full",
                "stopped",
                "fail",
                "up down",
                "down up",
                "maint down",
                "drain down",
                "drain,ready\t25%",
                "maxconn:30 60%")
            .stream()
            .map(Agent::new)
            .toList();
    Agent changing = new Agent("ready up 100%");
    List<Agent> all = new ArrayList<>(agents);
    all.add(changing);
    List<String> lines =
        all.stream()
            .map(
                agent ->
                    ("server p%1$d 127.0.0.1:%1$d weight 100 check inter 200ms"
                            + " agent-check agent-port %1$d agent-inter 200ms")
                        .formatted(agent.port()))
            .toList();
    try (HaProxy theirs = HaProxy.start(folder, lines);
        Watched ours =
            new Watched(
                client ->
                    ActiveProbe.builder(AgentProbe.builder().portOffset(0).build())
                        .interval(INTERVAL)
                        .fall(1)
                        .build(),
                all.stream()
                    .map(
                        agent ->
                            Endpoint.builder("127.0.0.1", agent.port())
                                .id("p" + agent.port())
                                .build())
                    .toArray(Endpoint[]::new))) {
      agents.forEach(agent -> expectSame(agent, theirs, ours));
      assertThat(ours.state("p" + agents.get(5).port())).isEqualTo(HealthState.DRAINING);
      for (String line :
          List.of(
              "ready up 75%",
              "drain", "ready up 75%", "maint", "ready up 30%", "down", "up 100%")) {
        changing.say(line);
        expectSame(changing, theirs, ours);
      }
    } finally {
      all.forEach(Agent::close);
    }
  }

  /** Whether it came to the right end is known too, lest both be wrong in the same way. */
  private static void expectSame(Agent agent, HaProxy theirs, Watched ours) {
    String id = "p" + agent.port();
    HaProxy.Found expected = meaning(agent.line());
    ours.await(
        "\"" + agent.line() + "\": we find " + expected,
        () -> expected.equals(theirs.servers().get(id)) && expected.equals(found(ours, id)));
  }

  private static HaProxy.Found found(Watched ours, String id) {
    EndpointHealth health = ours.health(id);
    HealthState state = health.state() == HealthState.RAMPING ? HealthState.UP : health.state();
    double share = health.verdicts().values().stream().mapToDouble(each -> each.share()).sum();
    return new HaProxy.Found(state, share);
  }

  private static HaProxy.Found meaning(String line) {
    return switch (line) {
      case "up", "ready", "down up", "ready up 100%", "up 100%" ->
          new HaProxy.Found(HealthState.UP, 1);
      case "75%", "ready up 75%" -> new HaProxy.Found(HealthState.UP, 0.75);
      case "maxconn:30 60%" -> new HaProxy.Found(HealthState.UP, 0.6);
      case "up 50%" -> new HaProxy.Found(HealthState.UP, 0.5);
      case "ready up 30%" -> new HaProxy.Found(HealthState.UP, 0.3);
      case "drain,ready\t25%" -> new HaProxy.Found(HealthState.UP, 0.25);
      case "0%", "drain", "DRAIN", "drain 75%" -> new HaProxy.Found(HealthState.DRAINING, 0);
      case "maint", "maint down" -> new HaProxy.Found(HealthState.DISABLED, 0);
      default -> new HaProxy.Found(HealthState.DOWN, 0);
    };
  }
}
