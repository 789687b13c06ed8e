package io.evenkeel.example;

import java.util.Locale;

/** Figures and names as people read them. */
final class Text {
  private static final int MAX_ID = 28;

  private Text() {}

  /** As {@link String#format}, the same in every country. */
  static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  /** Milliseconds to a precision that fits their size; {@code -} where there is no figure. */
  static String millis(double millis) {
    if (Double.isNaN(millis)) {
      return "-";
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

  /** An id, cut where it would not fit a table. */
  static String id(String id) {
    return id.length() <= MAX_ID ? id : id.substring(0, MAX_ID - 3) + "...";
  }

  /** Text in one line, with control characters taken out. */
  static String oneLine(String text) {
    return text.replaceAll("\\R", " ").replaceAll("\\p{Cntrl}", "?").strip();
  }
}
