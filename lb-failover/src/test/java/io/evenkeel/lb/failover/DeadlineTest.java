package io.evenkeel.lb.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.Lab.Way;
import io.evenkeel.lb.testkit.FakeTicker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlineTest {
  private static final CallContext GET = CallContext.idempotent();
  private static final Duration DAY = Duration.ofDays(1);

  private final FakeTicker ticker = new FakeTicker(Long.MAX_VALUE - 100_000_000);

  @Test
  void timePassesFromWhenTheHeaderWasRead() {
    Deadline deadline = Deadline.of(" 230 ", ticker);
    assertThat(deadline).hasToString("230 ms left");
    ticker.advance(Duration.ofMillis(200));
    assertThat(deadline.left()).isEqualTo(Duration.ofMillis(30));
    assertThat(deadline.limit(GET).get(CallContext.TIME_LIMIT)).isEqualTo(Duration.ofMillis(30));
    ticker.advance(Duration.ofMillis(200));
    assertThat(deadline.left()).isZero();
  }

  @Test
  void aCallsOwnLimitHoldsIfItIsLess() {
    Deadline deadline = Deadline.of("230", ticker);
    CallContext quick = GET.timeLimit(Duration.ofMillis(5));
    assertThat(deadline.limit(quick).get(CallContext.TIME_LIMIT)).isEqualTo(Duration.ofMillis(5));
    CallContext slow = GET.timeLimit(Duration.ofHours(5));
    assertThat(deadline.limit(slow).get(CallContext.TIME_LIMIT)).isEqualTo(Duration.ofMillis(230));
    assertThat(deadline.limit(slow).get(CallContext.IDEMPOTENT)).isTrue();
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        " ",
        "soon",
        "-1",
        "1.5",
        "1e3",
        "0x10",
        "999999999999999",
        "99999999999999999999"
      })
  void whatSaysNothingOrTooMuchIsADay(@Nullable String header) {
    assertThat(Deadline.of(header, ticker).left()).isEqualTo(DAY);
  }

  @ParameterizedTest
  @EnumSource
  void withNothingLeftNothingIsTried(Way way) {
    try (Lab lab = new Lab(way, 2, b -> b)) {
      CallContext late = Deadline.of("0", lab.ticker).limit(GET);
      FailoverException e = catchThrowableOfType(FailoverException.class, () -> lab.call(late));
      assertThat(e.reason()).isEqualTo(Reason.DEADLINE);
      assertThat(lab.attempts).isEmpty();
    }
  }
}
