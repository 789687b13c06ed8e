package io.evenkeel.example;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Figures and names as people read them. */
final class Text {
  private static final int MAX_ID = 28;

  private Text() {}

  /** As {@link String#format}, the same in every country. */
  static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  /**
   * Milliseconds in a unit and to a precision that fit their size; {@code -} where there is no
   * figure.
   */
  static String millis(double millis) {
    if (Double.isNaN(millis)) {
      return "-";
    }
    if (millis >= 1000) {
      return format("%.2f s", millis / 1000);
    }
    return format(millis < 100 ? "%.1f ms" : "%.0f ms", millis);
  }

  /** A share of 1 as a percentage. */
  static String percent(double share) {
    return format("%.1f %%", 100 * share);
  }

  /** A number without decimals that say nothing. */
  static String number(double value) {
    return value == Math.rint(value) ? format("%.0f", value) : format("%.1f", value);
  }

  /** A number with as many decimals as it needs. */
  static String brief(double value) {
    return BigDecimal.valueOf(value).round(new MathContext(3)).stripTrailingZeros().toPlainString();
  }

  /** Text that is safe in an XML or HTML element or attribute. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(isXml(c) ? c : '?');
              }
            });
    return escaped.toString();
  }

  /** Control characters and halves of surrogate pairs are in no XML, escaped or not. */
  private static boolean isXml(int c) {
    return c == '\t'
        || c == '\n'
        || (c >= ' ' && !Character.isISOControl(c) && (c < 0xD800 || c > 0xDFFF) && c < 0xFFFE)
        || Character.isSupplementaryCodePoint(c);
  }

  /** An id, cut where it would not fit a table. */
  static String id(String id) {
    return id.length() <= MAX_ID ? id : id.substring(0, MAX_ID - 3) + "...";
  }

  /** Text in one line, with control characters taken out. */
  static String oneLine(String text) {
    return text.replaceAll("\\R", " ").replaceAll("\\p{Cntrl}", "?").strip();
  }
}
