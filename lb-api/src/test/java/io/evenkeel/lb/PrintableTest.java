package io.evenkeel.lb;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void whatForgesOrHidesIsEscaped() {
    assertThat(Printable.quote("a\r\n\u0085\u2028\u202e\ud800\udb40\udc41b"))
        .isEqualTo("\"a\\u000d\\u000a\\u0085\\u2028\\u202e\\ud800\\udb40\\udc41b\"");
  }

  @Test
  void theEndOfTheTextCannotBeForged() {
    assertThat(Printable.quote("a\" (expected: b\\")).isEqualTo("\"a\\\" (expected: b\\\\\"");
  }

  @Test
  void aLongTextIsCutBetweenCharacters() {
    assertThat(Printable.quote("x".repeat(120))).isEqualTo('"' + "x".repeat(120) + '"');
    assertThat(Printable.quote("x".repeat(121))).isEqualTo('"' + "x".repeat(120) + "...\"");
    assertThat(Printable.quote("x".repeat(119) + "\ud83d\ude00y"))
        .isEqualTo('"' + "x".repeat(119) + "\ud83d\ude00...\"");
  }

  @Property
  void whatIsQuotedIsSafe(@ForAll String text) {
    assertThat(Printable.hasUnsafe(Printable.quote(text))).isFalse();
    assertThat(Printable.quote(text)).hasSizeLessThan(122 * 6);
    assertThat(Printable.hasUnsafe(Printable.line(text, 20))).isFalse();
    assertThat(Printable.line(text, 20)).hasSizeLessThan(22 * 6);
  }
}
