package io.evenkeel.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.example.Figures.Change;
import io.evenkeel.example.Figures.Mark;
import io.evenkeel.example.Punctuality.Delay;
import io.evenkeel.lb.health.HealthState;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReactionTest {
  private static final int RATE = 500;

  @Test
  void isInTimeWithinFiftyMillisecondsOfTheKill() {
    Reaction quick = only(RATE, List.of(out(1.0499)), List.of());
    assertThat(quick.isTooLate()).isFalse();
    assertThat(quick).hasToString("a was out 50 ms after it was killed (expected: within 50 ms)");
    Reaction slow = only(RATE, List.of(out(1.051)), List.of());
    assertThat(slow.isTooLate()).isTrue();
    assertThat(slow).hasToString("a was out 51 ms after it was killed (expected: within 50 ms)");
  }

  @Test
  void oneThatIsNeverFoundIsTooLate() {
    Change other = new Change(1.01, "b", HealthState.DOWN, "");
    Change back = new Change(1.01, "a", HealthState.RAMPING, "");
    Reaction never = only(RATE, List.of(other, back), List.of());
    assertThat(never.isTooLate()).isTrue();
    assertThat(never)
        .hasToString("a was killed, and never out of service (expected: within 50 ms)");
  }

  @Test
  void oneThatWasOutBeforeNeedsNoTime() {
    Change before = new Change(0.5, "a", HealthState.EJECTED, "");
    assertThat(only(RATE, List.of(before, out(1.2)), List.of()).millis()).isZero();
    Change back = new Change(0.6, "a", HealthState.UP, "");
    assertThat(only(RATE, List.of(before, back, out(1.2)), List.of()).isTooLate()).isTrue();
  }

  @Test
  void withFewRequestsItMayTakeLonger() {
    assertThat(only(100, List.of(out(1.2499)), List.of()).isTooLate()).isFalse();
    assertThat(only(100, List.of(out(1.26)), List.of()).isTooLate()).isTrue();
    assertThat(only(5000, List.of(out(1.051)), List.of()).isTooLate()).isTrue();
  }

  @Test
  void aBusyMachineProvesNothing() {
    List<Change> changes = List.of(out(1.2));
    Reaction excused = only(RATE, changes, List.of(new Delay(1.01, 1.03)));
    assertThat(excused.isTooLate()).isFalse();
    assertThat(excused.toString())
        .endsWith("a timer of 10 ms was 20 ms late, so this fails nothing");
    for (Delay apart : List.of(new Delay(0.7, 0.8), new Delay(1.06, 1.3))) {
      assertThat(only(RATE, changes, List.of(apart)).isTooLate()).isTrue();
    }
  }

  @Test
  void aRunThatEndedBeforehandProvesNothing() {
    assertThat(Reaction.of(figures(1.04, List.of(), List.of()), RATE)).isEmpty();
    assertThat(Reaction.of(figures(1.06, List.of(), List.of()), RATE)).hasSize(1);
  }

  private static Change out(double second) {
    return new Change(second, "a", HealthState.DOWN, "");
  }

  private static Reaction only(int rate, List<Change> changes, List<Delay> delays) {
    List<Reaction> reactions = Reaction.of(figures(10, changes, delays), rate);
    assertThat(reactions).hasSize(1);
    return reactions.get(0);
  }

  /** Of a run in which a server was killed after a second. */
  private static Figures figures(double seconds, List<Change> changes, List<Delay> delays) {
    List<Mark> marks =
        List.of(
            new Mark(0.5, "a", Fault.Kind.SLOW),
            new Mark(1, "a", Fault.Kind.KILL),
            new Mark(2, "a", Fault.Kind.RESTART));
    return new Figures(
        "default", seconds, 1, 1, 0, 1, 1, 1, List.of(), List.of(), marks, changes, delays, null);
  }
}
