package io.evenkeel.lb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import io.evenkeel.lb.testkit.Pauses.Pause;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

@Timeout(60)
class RepeatAfterStandstillTest {
  @ExtendWith(RepeatAfterStandstill.class)
  static class Failing {
    @Test
    void whileTheMachineRuns() {
      throw new AssertionError("a race");
    }

    @Test
    void whileItStandsStill() throws Exception {
      Pauses.standStill(Duration.ofMillis(300));
      throw new AssertionError("too late");
    }
  }

  @Test
  void aFailureOfItsOwnIsNotRepeated() {
    Throwable first = run("whileTheMachineRuns", true);
    assertThat(first).hasMessage("a race").hasNoSuppressedExceptions();
    assertThat(run("whileTheMachineRuns", true)).hasMessageStartingWith("Not repeated");
    assertThat(run("whileTheMachineRuns", true)).hasMessageStartingWith("Not repeated");
  }

  @Test
  void oneOfAMachineThatStoodStillIsRepeated() {
    for (int i = 0; i < 3; i++) {
      Throwable failure = run("whileItStandsStill", true);
      assertThat(failure).hasMessage("too late");
      assertThat(failure.getSuppressed())
          .singleElement()
          .asString()
          .containsPattern("the machine stood still for [1-9][0-9]{2,} ms");
    }
  }

  @Test
  void doesNothingUnlessAsked() {
    for (int i = 0; i < 2; i++) {
      assertThat(run("whileItStandsStill", false))
          .hasMessage("too late")
          .hasNoSuppressedExceptions();
    }
  }

  @Test
  void readsWhatTheKernelCounts() {
    ProcessorTicks before = ProcessorTicks.of("cpu  10 0 10 70 0 0 0 10 5 5\ncpu0 1 2 3\n");
    assertThat(before).isEqualTo(new ProcessorTicks(10, 100));
    assertThat(ProcessorTicks.of("cpu  20 0 20 140 0 0 0 20 9 9\n").since(before))
        .isEqualTo(new ProcessorTicks(10, 100));
    assertThat(before.stolenPercent()).isEqualTo(10);
    assertThat(ProcessorTicks.of("")).isEqualTo(new ProcessorTicks(0, 0));
    assertThat(ProcessorTicks.of("").stolenPercent()).isZero();
  }

  @Test
  void judgesByPausesAndByWhatWasStolen() {
    assertThat(new Pause(49_999_999, new ProcessorTicks(499, 10_000)).isStandstill()).isFalse();
    assertThat(new Pause(50_000_000, new ProcessorTicks(0, 0)).isStandstill()).isTrue();
    assertThat(new Pause(0, new ProcessorTicks(500, 10_000)).isStandstill()).isTrue();
    // Too few to tell.
    assertThat(new Pause(0, new ProcessorTicks(4, 4)).isStandstill()).isFalse();
  }

  private static Throwable run(String method, boolean asked) {
    List<Throwable> failures =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectMethod(Failing.class, method))
            .configurationParameter(RepeatAfterStandstill.PARAMETER, String.valueOf(asked))
            .execute()
            .testEvents()
            .failed()
            .map(RepeatAfterStandstillTest::failure)
            .toList();
    assertThat(failures).hasSize(1);
    return failures.get(0);
  }

  private static Throwable failure(Event event) {
    return event.getRequiredPayload(TestExecutionResult.class).getThrowable().orElseThrow();
  }
}
