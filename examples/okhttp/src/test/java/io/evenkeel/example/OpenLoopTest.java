package io.evenkeel.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.example.OpenLoop.Due;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OpenLoopTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Ledger ledger = new Ledger(List.of("a"));
  private final CountDownLatch stop = new CountDownLatch(1);
  private final List<Due> sent = new ArrayList<>();

  /** All requests of the run are overdue, so that nothing waits. */
  private final long longAgo = System.nanoTime() - 100 * SECOND;

  @Test
  void beyondTheBoundARequestFailsAtOnceAndIsCounted() {
    OpenLoop load = load(OpenLoop.MAX_IN_FLIGHT + 10);
    load.run();
    assertThat(sent).hasSize(OpenLoop.MAX_IN_FLIGHT);
    assertThat(load.inFlight()).isEqualTo(OpenLoop.MAX_IN_FLIGHT);
    sent.forEach(due -> due.succeeded("a"));
    assertThat(load.inFlight()).isZero();
    Figures figures = figures();
    assertThat(figures.requests()).isEqualTo(OpenLoop.MAX_IN_FLIGHT + 10);
    assertThat(figures.overflowed()).isEqualTo(10);
    assertThat(figures.failed()).isEqualTo(10);
  }

  @Test
  void latencyCountsFromWhenARequestWasDue() {
    load(10).run();
    sent.forEach(due -> due.succeeded("a"));
    // The histogram ends at 60 s.
    assertThat(figures().p50Millis()).isGreaterThanOrEqualTo(59_000);
  }

  @Test
  void aStopEndsTheSending() {
    stop.countDown();
    load(10).run();
    assertThat(sent).isEmpty();
  }

  @Test
  void aRequestEndsAsWhatItWas() {
    OpenLoop load = load(3);
    load.run();
    sent.get(0).succeeded("a");
    sent.get(1).failed("a");
    sent.get(2).failed();
    assertThat(load.inFlight()).isZero();
    assertThat(figures().succeeded()).isEqualTo(1);
    assertThat(figures().failed()).isEqualTo(2);
    assertThat(figures().endpoints().get(0).requests()).isEqualTo(2);
  }

  private OpenLoop load(int requests) {
    return new OpenLoop(new Arrivals(requests, 1, 1), sent::add, ledger, longAgo, stop);
  }

  private Figures figures() {
    ledger.tick();
    return ledger.figures("x", 1, null);
  }
}
