package io.evenkeel.lb.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintedTest {
  @Test
  void whatIsNotSeenIsEscaped() {
    assertThat(Printed.line("a\u202eb\nc\u0000d\u2028e\ud800f"))
        .isEqualTo("a\\u202eb\\u000ac\\u0000d\\u2028e\\ud800f");
    assertThat(Printed.line("<img src=x onerror=alert(1)> \"'& ünï \ud83d\ude00"))
        .isEqualTo("<img src=x onerror=alert(1)> \"'& ünï \ud83d\ude00");
    assertThat(Printed.line("x".repeat(10_000))).hasSize(403).endsWith("...");
    assertThat(Printed.line(null)).isEqualTo("null");
  }
}
