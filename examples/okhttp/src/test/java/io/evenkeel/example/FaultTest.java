package io.evenkeel.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.example.Fault.Kind;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultTest {
  private final List<Fault> script = Fault.script();

  @Test
  void faultsComeInOrderAndWithinTheRun() {
    assertThat(script).isSortedAccordingTo(Comparator.comparingDouble(Fault::at));
    assertThat(script).allMatch(fault -> fault.at() > 0 && fault.at() < 1);
    assertThat(script).extracting(Fault::kind).containsExactlyInAnyOrder(Kind.values());
  }

  @Test
  void inTenSecondsTheKilledServerHasTimeToComeBack() {
    Fault kill = fault(Kind.KILL);
    Fault restart = fault(Kind.RESTART);
    assertThat(restart.server()).isEqualTo(kill.server());
    assertThat(10 * (restart.at() - kill.at())).isGreaterThanOrEqualTo(1);
    assertThat(10 * (1 - restart.at())).isGreaterThanOrEqualTo(3);
  }

  @Test
  void theSlowServersPartOfAnEvenShareIsFarAboveOnePercent() {
    Fault slow = fault(Kind.SLOW);
    Fault recover = fault(Kind.RECOVER);
    assertThat(recover.server()).isEqualTo(slow.server());
    assertThat((recover.at() - slow.at()) / 5).isGreaterThan(0.05);
  }

  private Fault fault(Kind kind) {
    return script.stream().filter(fault -> fault.kind() == kind).findFirst().orElseThrow();
  }
}
