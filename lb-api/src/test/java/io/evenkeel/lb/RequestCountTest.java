package io.evenkeel.lb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class RequestCountTest {
  private static final Ticker STILL = () -> 0;

  private final Node node =
      new Node(
          Endpoint.of("10.0.0.1", 1),
          InFlight.METRIC,
          new RecentTicker(STILL),
          new Faults("counted", STILL, List.of()),
          endpoint -> AddressPolicy.ANY);

  /** Ends that nobody began, while requests come and go and the endpoint leaves and returns. */
  @Test
  void whateverEndsTwiceTheCountIsRightWhenAllIsOver() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<Future<?>> users = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        boolean twice = i == 0;
        users.add(threads.submit(() -> use(twice, stop)));
      }
      for (int i = 0; i < 200_000; i++) {
        node.retire();
        node.recall();
      }
      stop.set(true);
      for (Future<?> user : users) {
        user.get();
      }
    } finally {
      stop.set(true);
      threads.shutdownNow();
    }
    assertThat(node.inFlight()).isZero();
    assertThat(node.begin()).isNotEqualTo(Node.REFUSED);
    assertThat(node.inFlight()).isEqualTo(1);
    node.retire();
    assertThat(node.begin()).isEqualTo(Node.REFUSED);
    assertThat(node.inFlight()).isEqualTo(1);
  }

  private void use(boolean twice, AtomicBoolean stop) {
    while (!stop.get()) {
      long stamp = node.begin();
      if (stamp != Node.REFUSED) {
        node.end(stamp, Outcome.SUCCESS);
      }
      if (twice) {
        node.end(0, Outcome.SUCCESS);
      }
    }
  }
}
