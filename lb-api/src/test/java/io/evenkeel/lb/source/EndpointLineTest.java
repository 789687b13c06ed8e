package io.evenkeel.lb.source;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.evenkeel.lb.Endpoint;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointLineTest {
  @Test
  void aLineHasAnAddressAndFacts() {
    assertThat(
            EndpointLine.parse(
                    "\t[2001:DB8::1]:8443  weight=2.5 zone=a priority=1 id=x secure=true"
                        + " color=#fff url=http://a?b=c empty= # zone=b")
                .endpoint())
        .isEqualTo(
            Endpoint.builder("2001:db8::1", 8443)
                .weight(2.5)
                .zone("a")
                .priority(1)
                .id("x")
                .secure(true)
                .metadata("color", "#fff")
                .metadata("url", "http://a?b=c")
                .metadata("empty", "")
                .build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t", "# a:80", "  # none", "#none"})
  void aLineMaySayNothing(String line) {
    assertThat(EndpointLine.parse(line)).isEqualTo(new EndpointLine(null, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", " none ", "none # all are gone"})
  void noneIsAWordOfItsOwn(String line) {
    assertThat(EndpointLine.parse(line)).isEqualTo(new EndpointLine(null, true));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a | endpoint: \"a\" (expected: host:port or [ipv6]:port)",
        "a:b | endpoint: \"a:b\" (expected: host:port or [ipv6]:port)",
        "::1:80 | endpoint: \"::1:80\" (expected: host:port or [ipv6]:port)",
        "a:0 | port: 0 (expected: 1..65535)",
        "none:x | endpoint: \"none:x\" (expected: host:port or [ipv6]:port)",
        "none a:80 | a:80 after none (expected: nothing)",
        "a:80 weight | weight (expected: key=value)",
        "a:80 =2 | =2 (expected: key=value)",
        "a:80 a:81 | a:81 (expected: key=value)",
        "a:80 weight= | weight:  (expected: a number, 0..1e9)",
        "a:80 weight=1d | weight: 1d (expected: a number, 0..1e9)",
        "a:80 weight=0x1p3 | weight: 0x1p3 (expected: a number, 0..1e9)",
        "a:80 weight=NaN | weight: NaN (expected: a number, 0..1e9)",
        "a:80 weight=1-2 | weight: 1-2 (expected: a number, 0..1e9)",
        "a:80 weight=1e10 | weight: 1.0E10 (expected: 0..1e9)",
        "a:80 weight=1e999 | weight: Infinity (expected: 0..1e9)",
        "a:80 priority=-1 | priority: -1 (expected: >= 0)",
        "a:80 priority=1.5 | priority: 1.5 (expected: a whole number, >= 0)",
        "a:80 priority=99999999999 | priority: 99999999999 (expected: a whole number, >= 0)",
        "a:80 secure=yes | secure: yes (expected: true or false)",
        "a:80 zone= | zone: \"\" (expected: 1..512 characters, not blank)",
        "a:80 weight=1 weight=1 | weight: twice (expected: each key once)",
        "a:80 k=1 k=2 | k: twice (expected: each key once)",
      })
  void aWrongLineSaysWhatIsExpected(String line, String message) {
    assertThatThrownBy(() -> EndpointLine.parse(line))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void charactersThatForgeLogsAreNotRepeated() {
    assertThatThrownBy(() -> EndpointLine.parse("a:80 k\u001b[2J"))
        .hasMessage("column 7: U+001B (expected: no control characters)");
    assertThatThrownBy(() -> EndpointLine.parse("a:80 \u202ek"))
        .hasMessage("column 6: U+202E (expected: no invisible characters)");
    assertThatThrownBy(() -> EndpointLine.parse("# \udb40\udc41"))
        .hasMessage("column 3: U+E0041 (expected: no invisible characters)");
    assertThatThrownBy(() -> EndpointLine.parse("a:80\u2028b:80"))
        .hasMessage("column 5: U+2028 (expected: another end of line)");
  }

  @Test
  void lengthsAreLimited() {
    assertThatThrownBy(() -> EndpointLine.parse("#".repeat(32 * 1024 + 1)))
        .hasMessage("32769 characters (expected: at most 32768)");
    assertThatThrownBy(() -> EndpointLine.parse("a:80 " + "x".repeat(1000)))
        .message()
        .hasSizeLessThan(200);
    assertThatThrownBy(() -> EndpointLine.parse("a:80 k=" + "x".repeat(8192)))
        .hasMessage("metadata of a:80: 8193 bytes (expected: at most 8192)");
  }

  @Property
  void anyLineIsTakenOrRefusedInOneSafeLine(@ForAll("lines") String line) {
    Throwable thrown = catchThrowable(() -> EndpointLine.parse(line));
    if (thrown != null) {
      assertThat(thrown).isInstanceOf(IllegalArgumentException.class);
      assertThat(thrown.getMessage()).contains("(expected: ").hasSizeLessThan(1200);
      assertThat(requireNonNull(thrown.getMessage()).chars()).noneMatch(Character::isISOControl);
    }
  }

  @Provide
  Arbitrary<String> lines() {
    Arbitrary<String> words =
        Arbitraries.oneOf(
            Arbitraries.of("a:80", "[::1]:80", "none", "weight=", "id=x", "#", "k=v", "priority=2"),
            Arbitraries.strings().ofMaxLength(6));
    return words.list().ofMaxSize(5).map(list -> String.join(" ", list));
  }
}
