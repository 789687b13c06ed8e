package io.evenkeel.lb.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RiseAndFallTest {
  private static final long SECOND = 1_000_000_000L;

  /** The law of damping. Probes come at any pace and say anything. */
  @Property(tries = 500)
  void thereAreNeverMoreThanTwoChangesInAMinute(
      @ForAll @IntRange(min = 1, max = 4) int rise,
      @ForAll @IntRange(min = 1, max = 4) int fall,
      @ForAll @IntRange(min = 1, max = 12) int persistence,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    RiseAndFall runs = new RiseAndFall(rise, fall, true);
    List<Long> changes = new ArrayList<>();
    boolean up = true;
    boolean answer = true;
    long now = random.nextLong();
    for (int i = 0; i < 2_000; i++) {
      now += random.nextLong(2 * SECOND);
      if (random.nextInt(persistence) == 0) {
        answer = !answer;
      }
      if (runs.record(answer, false, now) != up) {
        up = !up;
        changes.add(now);
      }
    }
    for (int i = 2; i < changes.size(); i++) {
      assertThat(changes.get(i) - changes.get(i - 2))
          .as("from change %s to %s", i - 2, i)
          .isGreaterThanOrEqualTo(60 * SECOND);
    }
  }

  /** However long it has flapped, a minute of one verdict makes all as it was. */
  @Property(tries = 100)
  void aFirstFailureAndAFirstReturnAreNotSlowed(
      @ForAll @IntRange(min = 1, max = 9) int rise,
      @ForAll @IntRange(min = 1, max = 9) int fall,
      @ForAll @IntRange(max = 200) int before) {
    RiseAndFall runs = new RiseAndFall(rise, fall, true);
    long now = 0;
    for (int i = 0; i < before; i++) {
      now += SECOND;
      runs.record(i / 10 % 2 == 0, false, now);
    }
    now = settle(runs, now);
    for (int i = 1; i <= fall; i++) {
      now += SECOND;
      assertThat(runs.record(false, false, now)).as("failure %s", i).isEqualTo(i < fall);
    }
    for (int i = 1; i <= rise; i++) {
      now += SECOND;
      assertThat(runs.record(true, false, now)).as("success %s", i).isEqualTo(i == rise);
    }
  }

  private static long settle(RiseAndFall runs, long from) {
    long now = from;
    for (int i = 0; i < 200; i++) {
      now += SECOND;
      runs.record(true, false, now);
    }
    assertThat(runs.isSettled()).isTrue();
    return now;
  }

  @Test
  void aRunIsBrokenByOneAnswer() {
    RiseAndFall runs = new RiseAndFall(2, 3, true);
    for (int i = 0; i < 100; i++) {
      assertThat(runs.record(i % 3 == 0, false, i * SECOND)).isTrue();
    }
  }

  @Test
  void theFirstSuccessIsEnoughIfNothingWasKnown() {
    RiseAndFall runs = new RiseAndFall(3, 2, false);
    assertThat(runs.record(false, false, 0)).isFalse();
    assertThat(runs.isSettled()).isFalse();
    assertThat(runs.record(true, false, SECOND)).isTrue();
    assertThat(runs.isSettled()).isTrue();
    // That was no change, so a failure and a return right after it are the first.
    assertThat(runs.record(false, false, 2 * SECOND)).isTrue();
    assertThat(runs.isSettled()).isFalse();
    assertThat(runs.record(false, false, 3 * SECOND)).isFalse();
    assertThat(runs.record(true, false, 4 * SECOND)).isFalse();
    assertThat(runs.record(true, false, 5 * SECOND)).isFalse();
    assertThat(runs.record(true, false, 6 * SECOND)).isTrue();
  }

  /** Down and up at once, then everything that follows within a minute of the one before. */
  @Test
  void evidenceDoublesWithEachChangeBeyondTheFirst() {
    Damping damping = new Damping();
    List<Integer> factors = new ArrayList<>();
    List<Long> holds = new ArrayList<>();
    long now = 0;
    for (int i = 0; i < 7; i++) {
      factors.add(damping.factor(now));
      holds.add(damping.holdNanos(now) / SECOND);
      damping.changed(now);
      now += 40 * SECOND;
    }
    assertThat(factors).containsExactly(1, 1, 2, 4, 8, 8, 8);
    assertThat(holds).containsOnly(0L);
    now += 19 * SECOND;
    assertThat(damping.factor(now)).isEqualTo(8);
    assertThat(damping.factor(now + SECOND)).as("a minute after the last").isEqualTo(1);
  }

  @Test
  void aThirdChangeWaitsUntilTheFirstIsAMinuteOld() {
    Damping damping = new Damping();
    damping.changed(10 * SECOND);
    assertThat(damping.holdNanos(11 * SECOND)).isZero();
    damping.changed(30 * SECOND);
    assertThat(damping.holdNanos(31 * SECOND)).isEqualTo(39 * SECOND);
    assertThat(damping.holdNanos(70 * SECOND)).isZero();
  }

  /** What waits goes on being counted, so a server that is dead is out when the wait is over. */
  @Test
  void anEndpointThatDiesWhileItIsDampedIsOutAfterAMinute() {
    RiseAndFall runs = new RiseAndFall(1, 1, true);
    assertThat(runs.record(false, false, 0)).isFalse();
    assertThat(runs.record(true, false, SECOND)).isTrue();
    for (int i = 2; i < 60; i++) {
      assertThat(runs.record(false, false, i * SECOND)).isTrue();
    }
    assertThat(runs.record(false, false, 60 * SECOND)).isFalse();
  }
}
