package io.evenkeel.example.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

@Timeout(180)
class ShopTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return new CommandLine(new Shop())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(args);
  }

  @Test
  void noVisitorNoticesThatAnInstanceEnds() {
    assertThat(run("--seconds", "6", "--rate", "50", "--port", "0")).as("%s%s", out, err).isZero();
    assertThat(out.toString())
        .containsPattern("orders-1 was ended: [1-9][0-9]* served, 0 not")
        .containsPattern("orders-1 is back: [1-9][0-9]* served, 0 not")
        .containsPattern("[1-9][0-9]* visitors were served, 0 were not");
  }

  @ParameterizedTest
  @CsvSource({"--seconds, 2, 3..3600", "--rate, 0, 1..1000"})
  void whatIsOutOfRangeIsNamed(String option, String value, String expected) {
    assertThat(run(option, value)).isEqualTo(2);
    assertThat(err.toString()).contains(option + ": " + value + " (expected: " + expected + ")");
  }
}
