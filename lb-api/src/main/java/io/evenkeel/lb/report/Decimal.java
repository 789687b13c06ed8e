package io.evenkeel.lb.report;

import org.jspecify.annotations.Nullable;

/** Reads numbers as JSON writes them: {@link Double#parseDouble} takes "1d" and "0x1p3", too. */
final class Decimal {
  private static final int MAX_LENGTH = 64;

  private Decimal() {}

  /** The number, or null if it is none; one that is too large is infinite. */
  static @Nullable Double parse(String text) {
    if (text.equals("NaN")) {
      return Double.NaN;
    }
    if (text.isEmpty() || text.length() > MAX_LENGTH || !isNumber(text)) {
      return null;
    }
    return Double.parseDouble(text);
  }

  /** Digits with an optional sign, fraction and exponent, so that parseDouble cannot fail. */
  private static boolean isNumber(String text) {
    int at = text.charAt(0) == '-' || text.charAt(0) == '+' ? 1 : 0;
    int end = digits(text, at);
    boolean some = end > at;
    if (end < text.length() && text.charAt(end) == '.') {
      int from = end + 1;
      end = digits(text, from);
      some |= end > from;
    }
    if (some && end < text.length() && (text.charAt(end) | 0x20) == 'e') {
      at = end + 1;
      if (at < text.length() && (text.charAt(at) == '-' || text.charAt(at) == '+')) {
        at++;
      }
      end = digits(text, at);
      some = end > at;
    }
    return some && end == text.length();
  }

  private static int digits(String text, int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at;
  }
}
