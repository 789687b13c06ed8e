package io.evenkeel.lb.spring.actuator;

import org.jspecify.annotations.Nullable;

/** Makes text from outside safe to show: one line, nothing that is not seen, of bounded length. */
final class Printed {
  private static final int MAX_LENGTH = 400;

  private Printed() {}

  /** The text with what is not seen escaped, as in {@code \u202e}. */
  static String line(@Nullable String text) {
    String all = String.valueOf(text);
    StringBuilder safe = new StringBuilder();
    int codePoint;
    for (int i = 0; i < all.length(); i += Character.charCount(codePoint)) {
      if (i >= MAX_LENGTH) {
        return safe.append("...").toString();
      }
      codePoint = all.codePointAt(i);
      if (isSeen(codePoint)) {
        safe.appendCodePoint(codePoint);
      } else {
        for (char c : Character.toChars(codePoint)) {
          safe.append(String.format("\\u%04x", (int) c));
        }
      }
    }
    return safe.toString();
  }

  private static boolean isSeen(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }
}
