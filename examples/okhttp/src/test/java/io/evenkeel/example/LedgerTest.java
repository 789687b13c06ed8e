package io.evenkeel.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.example.Figures.OfEndpoint;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LedgerTest {
  /** Three digits. */
  private static final Offset<Double> RESOLUTION = within(1.0);

  private final Ledger ledger = new Ledger(List.of("a", "b"));

  @Test
  void percentilesAreOverAllThatSucceeded() {
    for (int millis = 1; millis <= 1000; millis++) {
      ledger.succeeded(millis % 2 == 0 ? "a" : "b", TimeUnit.MILLISECONDS.toNanos(millis));
    }
    ledger.failed("a");
    Figures figures = figures();
    assertThat(figures.p50Millis()).isCloseTo(500, RESOLUTION);
    assertThat(figures.p99Millis()).isCloseTo(990, RESOLUTION);
    assertThat(figures.p999Millis()).isCloseTo(999, RESOLUTION);
    assertThat(figures.endpoints().get(0).p50Millis()).isCloseTo(500, RESOLUTION);
  }

  @Test
  void whereNothingSucceededThereIsNoLatency() {
    ledger.failed("a");
    assertThat(figures().p99Millis()).isNaN();
    assertThat(figures().endpoints().get(1).p99Millis()).isNaN();
  }

  @Test
  void eachRequestHasSucceededOrFailed() {
    ledger.succeeded("a", 1);
    ledger.succeeded("b", 1);
    ledger.failed("b");
    ledger.failed();
    ledger.overflowed();
    Figures figures = figures();
    assertThat(figures.requests()).isEqualTo(5);
    assertThat(figures.succeeded()).isEqualTo(2);
    assertThat(figures.failed()).isEqualTo(3);
    assertThat(figures.overflowed()).isEqualTo(1);
    assertThat(Loss.of(figures).requests()).isEqualTo(2);
    assertThat(figures.endpoints()).extracting(OfEndpoint::failed).containsExactly(0L, 1L);
  }

  @Test
  void sharesAreOfWhatWasSentSomewhere() {
    ledger.succeeded("a", 1);
    ledger.succeeded("a", 1);
    ledger.succeeded("a", 1);
    ledger.failed("b");
    ledger.overflowed();
    assertThat(figures().endpoints()).extracting(OfEndpoint::share).containsExactly(0.75, 0.25);
  }

  @Test
  void aSliceHasOnlyWhatEndedWithinIt() {
    ledger.succeeded("a", TimeUnit.MILLISECONDS.toNanos(5));
    ledger.tick();
    ledger.endSlice(1);
    ledger.succeeded("b", TimeUnit.MILLISECONDS.toNanos(50));
    ledger.failed("b");
    ledger.tick();
    ledger.failed();
    ledger.tick();
    ledger.endSlice(2);
    Figures figures = figures();
    assertThat(figures.slices()).extracting(Figures.Slice::to).containsExactly(1.0, 2.0);
    assertThat(figures.slices().get(0).requests()).containsExactly(1L, 0L);
    assertThat(figures.slices().get(1).requests()).containsExactly(0L, 2L);
    assertThat(figures.slices().get(1).failed()).isEqualTo(2);
    assertThat(figures.slices().get(1).p50Millis()).isCloseTo(50, RESOLUTION);
  }

  @Test
  void recentMeansTheLatestTwoTicks() {
    Tally tally = ledger.tally("a");
    ledger.succeeded("a", TimeUnit.MILLISECONDS.toNanos(900));
    ledger.tick();
    ledger.succeeded("a", TimeUnit.MILLISECONDS.toNanos(10));
    ledger.tick();
    assertThat(tally.recentRequests()).isEqualTo(2);
    assertThat(tally.recentP99()).isCloseTo(900, RESOLUTION);
    ledger.failed("a");
    ledger.tick();
    assertThat(tally.recentRequests()).isEqualTo(2);
    assertThat(tally.recentP99()).isCloseTo(10, RESOLUTION);
    assertThat(tally.requests()).isEqualTo(3);
  }

  @Test
  void anEndpointThatIsNotOnTheBooksIsAnError() {
    assertThatIllegalArgumentException().isThrownBy(() -> ledger.failed("c"));
  }

  private Figures figures() {
    ledger.tick();
    return ledger.figures("x", 1, null);
  }
}
