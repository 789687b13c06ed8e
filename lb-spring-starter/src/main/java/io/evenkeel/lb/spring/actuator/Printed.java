package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.Printable;
import org.jspecify.annotations.Nullable;

/** Makes text from outside safe to show: one line, nothing that is not seen, of bounded length. */
final class Printed {
  private static final int MAX_LENGTH = 400;

  private Printed() {}

  /** The text with what is not seen escaped, as in {@code \u202e}. */
  static String line(@Nullable String text) {
    return Printable.line(String.valueOf(text), MAX_LENGTH);
  }
}
