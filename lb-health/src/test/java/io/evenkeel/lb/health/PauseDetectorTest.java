package io.evenkeel.lb.health;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PauseDetectorTest {
  private static final long MILLI = 1_000_000;

  /** The clock wraps around meanwhile. */
  private long now = Long.MAX_VALUE - 900 * MILLI;

  private final PauseDetector guard = new PauseDetector(now);

  @Test
  void aRequestThatWasUnderWayDuringAPauseIsExcused() {
    long begun = now;
    now += 401 * MILLI;
    assertThat(guard.excuses(begun, now, true)).isTrue();
    assertThat(guard.ran(now)).isTrue();
    assertThat(guard.excuses(begun, now, true)).isTrue();
    assertThat(guard.excuses(now, now + MILLI, true)).isFalse();
  }

  @Test
  void aBusyMachineIsNoPause() {
    long begun = now;
    now += 400 * MILLI;
    assertThat(guard.excuses(begun, now, true)).isFalse();
    assertThat(guard.ran(now)).isFalse();
  }

  @Test
  void withoutLooksTimeIsNoPause() {
    assertThat(guard.excuses(now, now + 10_000 * MILLI, false)).isFalse();
  }

  /** Else an endpoint could never be judged where every look is late. */
  @Test
  void aProcessThatIsAlwaysLateJudges() {
    for (int look = 1; look <= 5; look++) {
      now += 500 * MILLI;
      assertThat(guard.ran(now)).as("late look " + look).isTrue();
    }
    for (int look = 6; look <= 20; look++) {
      long begun = now;
      now += 500 * MILLI;
      assertThat(guard.excuses(begun, now, true)).as("before late look " + look).isFalse();
      assertThat(guard.ran(now)).as("late look " + look).isFalse();
    }
    now += 100 * MILLI;
    assertThat(guard.ran(now)).isFalse();
    now += 500 * MILLI;
    assertThat(guard.ran(now)).as("a pause after a look in time").isTrue();
  }
}
