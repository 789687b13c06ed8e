package io.evenkeel.lb.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.strategy.IdleFirst;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.cluster.Change;
import java.time.Duration;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How soon bad nodes are found, and that good ones are not taken for bad; over ten seeds. */
class DetectionTest {
  private static final int SEEDS = 10;
  private static final Duration FAULT = Duration.ofSeconds(5);
  private static final Duration NEVER = Duration.ofHours(1);

  /** What goes wrong at a server. */
  enum Fault {
    DIES(Change::dies),
    HANGS(Change::hangs),
    FAILS_FAST(server -> Change.failsFast(server, 1)),
    FAILS_HALF(server -> Change.errs(server, 0.5)),
    GREY(server -> Change.errs(server, 0.3));

    @SuppressWarnings("ImmutableEnumChecker") // without state
    private final Function<String, Change> change;

    Fault(Function<String, Change> change) {
      this.change = change;
    }
  }

  /** Twice what the slowest of ten seeds takes; time-outs come after 250 ms. */
  @ParameterizedTest
  @CsvSource({
    "DIES, 200, 40",
    "HANGS, 200, 600",
    "FAILS_FAST, 200, 150",
    "FAILS_HALF, 200, 800",
    "GREY, 200, 1200",
    "DIES, 10, 600",
    "HANGS, 10, 2100",
    "FAILS_FAST, 10, 1600",
    "FAILS_HALF, 10, 9800",
    "GREY, 10, 13000"
  })
  void aBadNodeOfTwoOrThreeAndFourOfTenAreFoundAndNoOther(
      Fault fault, int ratePerNode, int milliseconds) {
    for (int[] badOf : new int[][] {{1, 2}, {1, 3}, {4, 10}}) {
      for (int seed = 1; seed <= SEEDS; seed++) {
        int nodes = badOf[1];
        Trial trial =
            Trial.run(
                nodes,
                (double) ratePerNode * nodes,
                FAULT.plusMillis(milliseconds),
                seed,
                RoundRobin.of(),
                Trial.some(badOf[0], FAULT, fault.change));
        for (int server = 1; server <= nodes; server++) {
          String label = "s" + server + " of " + nodes + ", seed " + seed;
          if (server <= badOf[0]) {
            // Not before; at once where several requests in flight break.
            assertThat(trial.ejected("s" + server))
                .as(label)
                .isGreaterThanOrEqualTo(FAULT)
                .isLessThan(NEVER);
          } else {
            assertThat(trial.ejected("s" + server)).as(label).isGreaterThan(NEVER);
          }
        }
        assertThat(trial.panics()).isZero();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0.05, 200",
    "0.1, 200",
    "0.3, 200",
    "0.6, 200",
    "0.05, 10",
    "0.1, 10",
    "0.3, 10",
    "0.6, 10"
  })
  void thatAllFailEvenlyIsHeldAgainstNone(double share, int ratePerNode) {
    for (int nodes : new int[] {2, 5, 10}) {
      int ejected = 0;
      for (int seed = 1; seed <= SEEDS; seed++) {
        Trial trial =
            Trial.run(
                nodes,
                (double) ratePerNode * nodes,
                Duration.ofSeconds(35),
                seed,
                IdleFirst.ofDefaults(),
                Trial.some(nodes, FAULT, server -> Change.errs(server, share)));
        ejected += trial.ejections().size();
        assertThat(trial.panics()).isZero();
      }
      assertThat(ejected).as(nodes + " nodes").isLessThanOrEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"0.05", "0.1", "0.3", "0.6"})
  void aNodeThatDiesWhileAllFailNowAndThenIsOutWithinThreeSeconds(double share) {
    for (int nodes : new int[] {2, 5, 10}) {
      for (int seed = 1; seed <= SEEDS; seed++) {
        Duration death = Duration.ofSeconds(20);
        Trial trial =
            Trial.run(
                nodes,
                200.0 * nodes,
                death.plusSeconds(3),
                seed,
                RoundRobin.of(),
                builder -> {
                  Trial.some(nodes, FAULT, server -> Change.errs(server, share)).accept(builder);
                  builder.at(death, Change.dies("s1"));
                });
        assertThat(trial.ejected("s1")).isBetween(death, death.plusSeconds(3));
      }
    }
  }
}
