package io.evenkeel.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.example.Punctuality.Delay;
import io.evenkeel.lb.failover.FailoverException.Reason;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LossTest {
  private final Ledger ledger = new Ledger(List.of("a"));

  @Test
  void aRequestThatFailsIsAFault() {
    ledger.succeeded("a", 1);
    assertThat(loss().isFault()).isFalse();
    ledger.failed("a");
    assertThat(loss().isFault()).isTrue();
    assertThat(loss())
        .hasToString(
            "1 requests failed while servers were left (expected: none); given up: {DEADLINE=1}");
  }

  @Test
  void whatWasNeverSentIsNone() {
    ledger.overflowed();
    assertThat(loss().isFault()).isFalse();
    ledger.failed();
    assertThat(loss().requests()).isEqualTo(1);
    assertThat(loss().isFault()).isTrue();
  }

  @Test
  void aMachineThatStoodStillProvesNothing() {
    ledger.failed("a");
    ledger.delay(new Delay(1, 1.049));
    assertThat(loss().isFault()).isTrue();
    ledger.delay(new Delay(2, 2.06));
    assertThat(loss().isFault()).isFalse();
    assertThat(loss().toString())
        .endsWith("; the machine stood still for 60 ms, so this fails nothing");
  }

  private Loss loss() {
    ledger.tick();
    CallTally.Calls calls = new CallTally.Calls(1, 0, 0, 1, Map.of(Reason.DEADLINE, 1L));
    return Loss.of(ledger.figures("x", 3, calls));
  }
}
