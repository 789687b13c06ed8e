package io.evenkeel.lb;

/** Makes text from outside safe to print: one line, no control characters, of bounded length. */
final class Printable {
  private static final int MAX_LENGTH = 120;

  private Printable() {}

  /** The text in quotes, with control characters escaped. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder(Math.min(text.length(), MAX_LENGTH) + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      if (i == MAX_LENGTH) {
        quoted.append("...");
        break;
      }
      char c = text.charAt(i);
      if (isUnsafe(c)) {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  /** Whether a character could start a new line, end a string, or hide in a log. */
  static boolean isUnsafe(char c) {
    return Character.isISOControl(c)
        || Character.getType(c) == Character.FORMAT
        || c == '\u2028'
        || c == '\u2029';
  }
}
