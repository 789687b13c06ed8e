package io.evenkeel.lb;

/**
 * Makes text from outside safe to print: one line, no control characters, of bounded length. For
 * adapters. Thread-safe.
 */
public final class Printable {
  private static final int MAX_LENGTH = 120;

  private Printable() {}

  /** The text in quotes, with what is unsafe, quotes and backslashes escaped. */
  static String quote(String text) {
    return escape(new StringBuilder().append('"'), text, MAX_LENGTH, true).append('"').toString();
  }

  /**
   * The text with what is unsafe escaped, as a backslash, {@code u} and four hexadecimal digits,
   * for text that has words of its own around it.
   *
   * @param maxLength after so many characters of the text it ends with {@code ...}
   */
  public static String line(String text, int maxLength) {
    return escape(new StringBuilder(), text, maxLength, false).toString();
  }

  private static StringBuilder escape(
      StringBuilder safe, String text, int maxLength, boolean quoted) {
    int codePoint;
    for (int i = 0; i < text.length(); i += Character.charCount(codePoint)) {
      if (i >= maxLength) {
        return safe.append("...");
      }
      codePoint = text.codePointAt(i);
      if (isUnsafe(codePoint)) {
        for (char c : Character.toChars(codePoint)) {
          safe.append(String.format("\\u%04x", (int) c));
        }
      } else {
        if (quoted && (codePoint == '"' || codePoint == '\\')) {
          safe.append('\\');
        }
        safe.appendCodePoint(codePoint);
      }
    }
    return safe;
  }

  /** Whether the text has a character that is not safe to print. */
  static boolean hasUnsafe(String text) {
    return text.codePoints().anyMatch(Printable::isUnsafe);
  }

  /** Whether a character could start a new line, or hide in a log; and half a character. */
  private static boolean isUnsafe(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }
}
