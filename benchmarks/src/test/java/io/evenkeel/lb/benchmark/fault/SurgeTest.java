package io.evenkeel.lb.benchmark.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.benchmark.fault.Surge.Phases;
import io.evenkeel.lb.testkit.rig.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SurgeTest {
  private static final Phases SHORT =
      new Phases(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofMillis(1500));
  private static final double CAPACITY = 300;

  @Test
  void whereAllFailsEverythingIsLostAndNothingBecomesNormal() throws InterruptedException {
    Verdict verdict =
        Surge.run(SHORT, CAPACITY, number -> new Reply("a", Outcome.FAILURE)).of("overload");
    assertThat(verdict.pass()).isFalse();
    assertThat(verdict.figures())
        .containsEntry("capacityLost", 1.0)
        .containsEntry("secondsUntilNormal", 1.5)
        .containsEntry("goodputPerSecond", 0.0)
        .containsEntry("p99MillisOfGoodput", Double.NaN);
  }

  @Test
  void twiceTheCapacityIsOfferedDuringTheSurgeAlone() throws InterruptedException {
    AtomicLong sent = new AtomicLong();
    Verdict verdict =
        Surge.run(
                SHORT,
                CAPACITY,
                number -> {
                  sent.incrementAndGet();
                  return new Reply("a", Outcome.SUCCESS);
                })
            .of("overload");
    // 0.6 for 4.5 s, and 1.4 for 2 s.
    assertThat(sent.get()).isBetween(1645L, 1651L);
    assertThat(verdict.figures().get("offeredPerSecond")).isBetween(CAPACITY, 2.7 * CAPACITY);
    assertThat(verdict.figures().get("capacityLost")).isNegative();
    assertThat(verdict.figures()).containsEntry("failedAfter2s", 0.0);
  }

  @Test
  void aServerThatDoesNotAnswerHasNoCapacity() {
    assertThatThrownBy(
            () ->
                Surge.capacity(
                    2,
                    server -> {
                      throw new UncheckedIOException(new IOException("server " + server));
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a server did not answer")
        .hasRootCauseInstanceOf(IOException.class);
  }
}
