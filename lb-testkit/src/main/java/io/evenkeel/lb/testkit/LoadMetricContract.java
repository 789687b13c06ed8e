package io.evenkeel.lb.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every {@link LoadMetric} must do. Extend it and say which metric. */
public abstract class LoadMetricContract {
  private static final Endpoint ENDPOINT = Endpoint.of("10.0.0.1", 80);
  private static final List<Outcome> OUTCOMES = List.of(Outcome.values());
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final FakeTicker ticker = new FakeTicker(Long.MAX_VALUE - 50 * MILLI);

  /** For subclasses. */
  protected LoadMetricContract() {}

  /** The metric under test. */
  protected abstract LoadMetric metric();

  /**
   * Whether requests in flight add to the load. By default true; false for metrics that weigh nodes
   * ahead of choices instead of comparing them at each.
   */
  protected boolean countsRequests() {
    return true;
  }

  private LoadMeter meter() {
    return metric().newMeter(ENDPOINT, 0, ticker.read());
  }

  private void record(LoadMeter meter, Outcome outcome, long latencyNanos) {
    ticker.advance(MILLI);
    meter.record(outcome, latencyNanos, ticker.read());
  }

  @Test
  void loadIsANumberFromZeroOnWhateverHappens() {
    SplittableRandom random = new SplittableRandom(1);
    LoadMeter meter = meter();
    assertLoad(meter);
    long[] latencies = {0, 1, 999, MILLI, 3600_000 * MILLI, Long.MAX_VALUE};
    for (int i = 0; i < 2_000; i++) {
      Outcome outcome = OUTCOMES.get(random.nextInt(OUTCOMES.size()));
      record(meter, outcome, latencies[random.nextInt(latencies.length)]);
      if (i % 100 == 0) {
        meter.pushback(random.nextLong(60_000 * MILLI), ticker.read());
      }
      if (i % 50 == 0) {
        ticker.advance(random.nextLong(1_000_000 * MILLI));
      }
      assertLoad(meter);
    }
  }

  @Test
  void moreRequestsInFlightAreMoreLoad() {
    LoadMeter meter = meter();
    for (int round = 0; round < 3; round++) {
      for (int inFlight = 0; inFlight < 100; inFlight++) {
        double less = meter.load(inFlight, ticker.read());
        double more = meter.load(inFlight + 1, ticker.read());
        assertThat(countsRequests() ? more > less : more == less)
            .as("load %s with %d in flight, %s with one more", less, inFlight, more)
            .isTrue();
      }
      record(meter, round == 0 ? Outcome.SUCCESS : Outcome.FAILURE, MILLI);
    }
  }

  @Test
  void aCancelledRequestSaysNothing() {
    LoadMeter meter = meter();
    record(meter, Outcome.SUCCESS, MILLI);
    double before = meter.load(3, ticker.read());
    for (int i = 0; i < 100; i++) {
      meter.record(Outcome.CANCELLED, i % 2 == 0 ? 1 : 100_000 * MILLI, ticker.read());
    }
    assertThat(meter.load(3, ticker.read())).isEqualTo(before);
  }

  @Test
  void aNodeThatFailsFastNeverLooksBetterThanOneThatSucceeds() {
    for (Outcome failure : Outcome.values()) {
      if (failure.isFailure()) {
        LoadMeter failing = meter();
        LoadMeter working = meter();
        for (int i = 0; i < 100; i++) {
          record(failing, failure, 1_000);
          record(working, Outcome.SUCCESS, 10 * MILLI);
        }
        assertThat(failing.load(1, ticker.read()))
            .as("%s", failure)
            .isGreaterThanOrEqualTo(working.load(1, ticker.read()));
      }
    }
  }

  @Test
  void pushbackNeverLowersTheLoad() {
    LoadMeter meter = meter();
    record(meter, Outcome.SUCCESS, MILLI);
    double before = meter.load(1, ticker.read());
    meter.pushback(1_000 * MILLI, ticker.read());
    assertThat(meter.load(1, ticker.read())).isGreaterThanOrEqualTo(before);
    meter.pushback(0, ticker.read());
    assertThat(meter.load(1, ticker.read())).isGreaterThanOrEqualTo(before);
  }

  @Test
  void nothingIsAllocated() {
    LoadMeter meter = meter();
    Allocations.assertNone(
        metric() + " load and record",
        () -> {
          ticker.advance(100_000);
          if (meter.load(2, ticker.read()) >= 0) {
            meter.record(Outcome.SUCCESS, MILLI, ticker.read());
            meter.record(Outcome.FAILURE, MILLI, ticker.read());
          }
        });
  }

  @Test
  void anyNumberOfThreadsMayMeasureAtOnce() throws Exception {
    LoadMeter meter = meter();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        all.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 50_000; i++) {
                    ticker.advance(1_000);
                    meter.record(Outcome.SUCCESS, 10 * MILLI, ticker.read());
                    assertLoad(meter);
                  }
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertLoad(meter);
  }

  private void assertLoad(LoadMeter meter) {
    for (int inFlight : new int[] {0, 1, 1_000_000}) {
      double load = meter.load(inFlight, ticker.read());
      assertThat(load >= 0 && load < Double.POSITIVE_INFINITY).as("load %s", load).isTrue();
    }
  }
}
