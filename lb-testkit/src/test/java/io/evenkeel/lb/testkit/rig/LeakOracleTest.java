package io.evenkeel.lb.testkit.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class LeakOracleTest {
  private static final Duration SOON = Duration.ofMillis(50);

  @Test
  @EnabledOnOs(OS.LINUX)
  void aSocketThatIsLeftOpenIsNamed() throws Exception {
    LeakOracle oracle = LeakOracle.builder().threads("none").limit(SOON).begin();
    oracle.assertNone();
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(oracle::assertNone)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("descriptor ")
          .hasMessageContaining(" 127.0.0.1:" + socket.getLocalPort() + " to ")
          .hasMessageEndingWith(" LISTEN");
    }
    oracle.assertNone();
  }

  @Test
  void aThreadThatIsLeftIsNamedAndOneThatEndsSoonIsWaitedFor() throws Exception {
    LeakOracle oracle = LeakOracle.builder().threads("left-.*").limit(SOON).begin();
    LeakOracle patient = LeakOracle.builder().threads("left-.*").begin();
    CountDownLatch end = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              try {
                end.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "left-behind");
    Thread other = new Thread(thread::interrupt, "of-no-interest");
    thread.start();
    assertThat(oracle.leaks()).singleElement().asString().startsWith("thread left-behind: ");
    assertThat(LeakOracle.builder().threads("left-.*").limit(SOON).begin().leaks()).isEmpty();
    other.start();
    patient.assertNone();
  }

  @Test
  void aRequestThatIsNotEndedIsNamed() {
    try (Balancer orders =
        Balancer.builder("orders")
            .source(EndpointSource.of(Endpoint.of("10.0.0.1", 80)))
            .strategy((nodes, previous) -> context -> null)
            .build()) {
      Lease before = orders.lease(RequestContext.none());
      LeakOracle oracle = LeakOracle.builder().threads("none").balancer(orders).limit(SOON).begin();
      Lease lease = orders.lease(RequestContext.none());
      assertThat(oracle.leaks()).contains("in flight at orders/10.0.0.1:80: 2 (before: 1)");
      lease.end(Outcome.SUCCESS);
      oracle.assertNone();
      before.end(Outcome.SUCCESS);
      assertThat(oracle.leaks()).contains("in flight at orders/10.0.0.1:80: 0 (before: 1)");
    }
  }
}
