package io.evenkeel.lb;

/** Makes text from outside safe to print: one line, no control characters, of bounded length. */
final class Printable {
  private static final int MAX_LENGTH = 120;

  private Printable() {}

  /** The text in quotes, with what is unsafe, quotes and backslashes escaped. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder(Math.min(text.length(), MAX_LENGTH) + 2).append('"');
    int codePoint;
    for (int i = 0; i < text.length(); i += Character.charCount(codePoint)) {
      if (i >= MAX_LENGTH) {
        quoted.append("...");
        break;
      }
      codePoint = text.codePointAt(i);
      if (isUnsafe(codePoint)) {
        for (char c : Character.toChars(codePoint)) {
          quoted.append(String.format("\\u%04x", (int) c));
        }
      } else {
        if (codePoint == '"' || codePoint == '\\') {
          quoted.append('\\');
        }
        quoted.appendCodePoint(codePoint);
      }
    }
    return quoted.append('"').toString();
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
