package io.evenkeel.lb.okhttp.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.health.probe.TcpProbe;
import io.evenkeel.lb.testkit.rig.LeakOracle;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Sees after all tests of a class that no thread, descriptor or process is left. */
final class Leftovers implements BeforeAllCallback, AfterAllCallback {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private LeakOracle oracle = LeakOracle.builder().begin();
  private Set<Long> children = Set.of();

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    // What is shared by all of this JVM, and stays, is there before we look.
    Scheduler.Scheduled unused = Scheduler.shared().schedule(() -> {}, 0);
    TcpProbe.of()
        .probe(Endpoint.of("127.0.0.1", 1), Duration.ofSeconds(1))
        .handle((verdict, thrown) -> "refused")
        .toCompletableFuture()
        .get();
    children = descendants();
    // Threads of OkHttp have the address of a call in their names while they work on it.
    oracle =
        LeakOracle.builder()
            .threads("evenkeel-http-probe.*|OkHttp http.*|fault-proxy-.*|agent-.*")
            .limit(LIMIT)
            .begin();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    oracle.assertNone();
    assertThat(children).as("processes").containsAll(descendants());
  }

  private static Set<Long> descendants() {
    return ProcessHandle.current()
        .descendants()
        .filter(ProcessHandle::isAlive)
        .map(ProcessHandle::pid)
        .collect(Collectors.toSet());
  }
}
