package io.evenkeel.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpServer;
import io.evenkeel.example.Figures.Mark;
import io.evenkeel.example.Figures.OfEndpoint;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.health.HealthState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whole runs, against servers inside this JVM. */
class TrialTest {
  private static final int RATE = 100;
  private static final int SECONDS = 1;

  /** What loads and compiles classes takes longer than attempts may. */
  private static final int WARM_UP_SECONDS = 2;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<HttpServer> servers = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final CountDownLatch stop = new CountDownLatch(1);

  /** Bound, but does not listen: who connects is refused, and no other server gets its port. */
  private final Socket taken = new Socket();

  private @Nullable Health health;

  @AfterEach
  void end() throws IOException {
    taken.close();
    servers.forEach(server -> server.stop(0));
    threads.shutdownNow();
  }

  @Test
  void everyRequestAndEveryEndpointIsAccountedFor() throws Exception {
    Stage stage = Stage.of(List.of(server(200), server(200), server(503)));
    Figures figures = run(stage, List.of(), Strategies.BASELINE, false);
    assertThat(figures.requests()).isEqualTo(RATE * SECONDS);
    assertThat(figures.succeeded() + figures.failed()).isEqualTo(figures.requests());
    assertThat(figures.endpoints()).hasSize(3);
    assertThat(figures.endpoints()).allMatch(endpoint -> endpoint.requests() > 0);
    assertThat(figures.endpoints().stream().mapToDouble(OfEndpoint::share).sum())
        .isCloseTo(1, within(1e-9));
    assertThat(figures.endpoints().stream().mapToLong(OfEndpoint::requests).sum())
        .isEqualTo(figures.requests());
    assertThat(failedAt(figures, stage.endpoints().get(2))).isEqualTo(figures.failed());
    assertThat(figures.failed()).isEqualTo(figures.endpoints().get(2).requests());
  }

  @Test
  void aDeadEndpointsFailuresAreItsOwn() throws Exception {
    Endpoint dead = dead();
    Figures figures = run(Stage.of(List.of(dead, server(200))), List.of(), "round-robin", false);
    assertThat(failedAt(figures, dead)).isEqualTo(figures.failed()).isPositive();
  }

  @Test
  void aDeadEndpointIsFoundAndShownWithItsReason() throws Exception {
    health = Health.ofDefaults();
    Endpoint dead = dead();
    Stage stage = Stage.of(List.of(dead, server(200), server(200)));
    Figures figures = run(stage, List.of(), "round-robin", false);
    // Attempts that fail there may all be made again elsewhere.
    assertThat(failedAt(figures, dead)).isLessThanOrEqualTo(15);
    assertThat(figures.changes())
        .anyMatch(
            change -> change.endpoint().equals(dead.id()) && change.to() == HealthState.EJECTED);
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("EJECTED", "failures to connect");
    CallTally.Calls calls = Objects.requireNonNull(figures.calls());
    assertThat(calls.failedAttempts()).isBetween(1L, 15L);
    assertThat(calls.retries()).isPositive();
    assertThat(calls.failedAttempts()).isEqualTo(calls.retries() + figures.failed());
  }

  @Test
  void theSlicesAddUpToTheRun() throws Exception {
    Figures figures = run(Stage.of(List.of(server(200), server(200))), List.of(), "default", false);
    long sent =
        figures.slices().stream()
            .flatMap(slice -> slice.requests().stream())
            .mapToLong(Long::longValue)
            .sum();
    assertThat(sent).isEqualTo(figures.requests());
    assertThat(figures.slices().get(figures.slices().size() - 1).to()).isEqualTo(SECONDS);
  }

  @Test
  void faultsAreDoneInOrderAndNotBeforeTheirTime() throws Exception {
    List<Fault> done = new ArrayList<>();
    Stage.Given given = new Stage.Given(List.of(server(200)), EndpointSource.of(endpoint(0)));
    Stage stage =
        new Stage() {
          @Override
          public List<Endpoint> endpoints() {
            return given.endpoints();
          }

          @Override
          public EndpointSource source() {
            return given.source();
          }

          @Override
          public void apply(Fault fault) {
            done.add(fault);
          }

          @Override
          public void close() {}
        };
    List<Fault> faults =
        List.of(new Fault(0.25, Fault.Kind.SLOW, 0), new Fault(0.75, Fault.Kind.RECOVER, 0));
    Figures figures = run(stage, faults, "default", false);
    assertThat(done).isEqualTo(faults);
    assertThat(figures.marks())
        .extracting(Mark::kind)
        .containsExactly(Fault.Kind.SLOW, Fault.Kind.RECOVER);
    assertThat(figures.marks().get(0).second()).isGreaterThanOrEqualTo(0.25 * SECONDS);
    assertThat(figures.marks().get(1).second()).isGreaterThanOrEqualTo(0.75 * SECONDS);
  }

  @Test
  void aStopEndsARunEarly() throws Exception {
    stop.countDown();
    Figures figures = run(Stage.of(List.of(server(200))), Fault.script(), "default", false);
    assertThat(figures.requests()).isZero();
    assertThat(figures.marks()).isEmpty();
  }

  @Test
  void onlyATerminalIsRedrawn() throws Exception {
    Stage stage = Stage.of(List.of(server(200)));
    run(stage, List.of(), "default", true);
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("\u001b[3A", stage.endpoints().get(0).id());
    out.reset();
    run(stage, List.of(), "default", false);
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains(stage.endpoints().get(0).id())
        .doesNotContain("\u001b");
  }

  private Figures run(Stage stage, List<Fault> faults, String strategy, boolean live)
      throws IOException, InterruptedException {
    Settings settings =
        Settings.of(
            strategy, null, Integer.toString(RATE), Integer.toString(SECONDS), "1", null, null);
    Screen screen = new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), live);
    return new Trial(settings, stage, faults, WARM_UP_SECONDS, screen, stop)
        .run(strategy, settings.strategy(), health);
  }

  private static long failedAt(Figures figures, Endpoint endpoint) {
    return figures.endpoints().stream()
        .filter(figuresOfOne -> figuresOfOne.id().equals(endpoint.id()))
        .mapToLong(OfEndpoint::failed)
        .sum();
  }

  private Endpoint dead() throws IOException {
    taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return Endpoint.of("127.0.0.1", taken.getLocalPort());
  }

  private Endpoint server(int status) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
    servers.add(server);
    return endpoint(servers.size() - 1);
  }

  private Endpoint endpoint(int server) {
    return Endpoint.of("127.0.0.1", servers.get(server).getAddress().getPort());
  }
}
