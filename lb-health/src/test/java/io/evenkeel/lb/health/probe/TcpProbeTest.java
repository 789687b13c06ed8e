package io.evenkeel.lb.health.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.health.Verdict;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TcpProbeTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private static Verdict ask(Endpoint endpoint) throws Exception {
    return get(TcpProbe.of().probe(endpoint, LIMIT));
  }

  static Verdict get(CompletionStage<Verdict> stage) throws Exception {
    return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void anEndpointThatListensIsUpAndTheConnectionIsClosed() throws Exception {
    try (Loopback server = Loopback.talking(socket -> {})) {
      assertThat(ask(server.endpoint())).isEqualTo(Verdict.up("accepts connections"));
      assertThat(server.left.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void namesAreLookedUp() throws Exception {
    try (Loopback server = Loopback.listening()) {
      assertThat(ask(Endpoint.of("localhost", server.port())).kind()).isEqualTo(Verdict.Kind.UP);
    }
    assertThatThrownBy(() -> ask(Endpoint.of("no-such-host.invalid", 1)))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("unknown host no-such-host.invalid");
  }

  @Test
  void aNameThatNobodyBeganToLookUpSaysNothingOfItsEndpoint() throws Exception {
    Endpoint named = Endpoint.of("localhost", 1);
    BusyWorkers busy = new BusyWorkers();
    try {
      assertThatThrownBy(() -> get(TcpProbe.of().probe(named, Duration.ofMillis(100))))
          .hasCauseInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("no thread was free within PT0.1S");
    } finally {
      busy.free();
    }
  }

  @Test
  void onlySoManyNamesWaitToBeLookedUp() throws Exception {
    try (Loopback server = Loopback.listening()) {
      Endpoint named = Endpoint.of("localhost", server.port());
      BusyWorkers busy = new BusyWorkers();
      try {
        List<CompletionStage<Verdict>> waiting = new ArrayList<>();
        for (int i = 0; i < 1100; i++) {
          waiting.add(TcpProbe.of().probe(named, Duration.ofMillis(1)));
        }
        assertThatThrownBy(() -> get(TcpProbe.of().probe(named, LIMIT)))
            .hasCauseInstanceOf(RejectedExecutionException.class)
            .hasMessageContaining("1024 look-ups wait for a thread");
        for (CompletionStage<Verdict> each : waiting) {
          assertThatThrownBy(() -> get(each)).hasCauseInstanceOf(RejectedExecutionException.class);
        }
      } finally {
        busy.free();
      }
      while (isRefused(named)) {
        // Those that wait have to be passed over first.
        Thread.onSpinWait();
      }
      assertThat(ask(named).kind()).isEqualTo(Verdict.Kind.UP);
    }
  }

  private static boolean isRefused(Endpoint endpoint) throws Exception {
    try {
      ask(endpoint);
      return false;
    } catch (ExecutionException e) {
      assertThat(e).hasCauseInstanceOf(RejectedExecutionException.class);
      return true;
    }
  }

  @Test
  void addressesThatArePermittedAreConnectedTo() throws Exception {
    try (Loopback server = Loopback.listening()) {
      Endpoint named = Endpoint.of("localhost", server.port());
      assertThat(get(TcpProbe.of().probe(named, AddressPolicy.LOOPBACK_TOO, LIMIT)).kind())
          .isEqualTo(Verdict.Kind.UP);
      assertThatThrownBy(() -> get(TcpProbe.of().probe(named, AddressPolicy.ROUTABLE, LIMIT)))
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("AddressPolicy.ROUTABLE refuses localhost at [localhost/127.0.0.1");
    }
  }

  @Test
  void nobodyThereIsAFailureWithAReason() {
    Endpoint endpoint = Endpoint.of("127.0.0.1", Loopback.freePort());
    assertThatThrownBy(() -> ask(endpoint)).hasMessageContaining("Connection refused");
  }

  /** A backlog that is full lets connections hang, as a black hole does. */
  @Test
  void aConnectionThatIsNotAcceptedIsGivenUpAtTheLimit() throws Exception {
    // The first probe of all opens what they share.
    TcpProbe.of().probe(Endpoint.of("127.0.0.1", Loopback.freePort()), LIMIT);
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<Socket> queued = new ArrayList<>();
      try {
        boolean fits = true;
        while (fits) {
          Socket socket = new Socket();
          queued.add(socket);
          try {
            socket.connect(full.getLocalSocketAddress(), 200);
          } catch (SocketTimeoutException e) {
            fits = false;
          }
        }
        int open = descriptors();
        CompletionStage<Verdict> stage =
            TcpProbe.of()
                .probe(Endpoint.of("127.0.0.1", full.getLocalPort()), Duration.ofMillis(100));
        assertThatThrownBy(() -> get(stage)).hasMessageContaining("no answer within PT0.1S");
        assertThat(descriptors()).as("closed before it is said").isLessThanOrEqualTo(open);
      } finally {
        for (Socket socket : queued) {
          socket.close();
        }
      }
    }
  }

  @Test
  void manyProbesNeedOneThreadAndLeaveNoDescriptors() throws Exception {
    try (Loopback server = Loopback.talking(socket -> {})) {
      ask(server.endpoint());
      int open = descriptors();
      List<CompletionStage<Verdict>> stages = new ArrayList<>();
      Endpoint refusing = Endpoint.of("127.0.0.1", Loopback.freePort());
      for (int i = 0; i < 500; i++) {
        stages.add(TcpProbe.of().probe(i % 5 == 0 ? refusing : server.endpoint(), LIMIT));
      }
      CompletableFuture<?>[] all =
          stages.stream()
              .map(stage -> stage.toCompletableFuture().handle((verdict, thrown) -> verdict))
              .toArray(CompletableFuture<?>[]::new);
      CompletableFuture.allOf(all).get(30, TimeUnit.SECONDS);
      assertThat(
              Thread.getAllStackTraces().keySet().stream()
                  .filter(thread -> thread.getName().equals("evenkeel-probe")))
          .hasSize(1)
          .allMatch(Thread::isDaemon);
      assertThat(descriptors()).isLessThan(open + 20);
    }
  }

  @Test
  void theServersOwnAddressMayBeIpv6() throws Exception {
    try (ServerSocket server = new ServerSocket()) {
      try {
        byte[] loopback = new byte[16];
        loopback[15] = 1;
        server.bind(new InetSocketAddress(InetAddress.getByAddress(loopback), 0));
      } catch (IOException e) {
        leaveOut("IPv6", e.toString());
      }
      assertThat(ask(Endpoint.of("::1", server.getLocalPort())).kind()).isEqualTo(Verdict.Kind.UP);
    }
  }

  /** As Linux tells them, and others. */
  private static int descriptors() {
    String[] open = new File("/dev/fd").list();
    if (open == null) {
      leaveOut("/dev/fd", "not there");
      return 0;
    }
    return open.length;
  }

  /** Leaves a test out where the machine lacks what it needs, but not in CI, which has it. */
  private static void leaveOut(String missing, String why) {
    assertThat(System.getenv("CI")).as("%s in CI, but %s", missing, why).isNull();
    assumeThat(why).as(missing).isEmpty();
  }

  /** Keeps the workers that look names up from doing so until they are freed. */
  private static final class BusyWorkers {
    private static final int ALL = 4;

    private final CountDownLatch goOn = new CountDownLatch(1);

    BusyWorkers() throws InterruptedException {
      CountDownLatch busy = new CountDownLatch(ALL);
      for (int i = 0; i < ALL; i++) {
        Scheduler.shared()
            .execute(
                () -> {
                  busy.countDown();
                  awaitQuietly();
                });
      }
      assertThat(busy.await(30, TimeUnit.SECONDS)).isTrue();
    }

    private void awaitQuietly() {
      try {
        goOn.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    void free() {
      goOn.countDown();
    }
  }
}
