package io.evenkeel.lb.source;

import io.evenkeel.lb.Endpoint;
import java.util.HashSet;
import java.util.Set;
import java.util.StringTokenizer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What one line of an endpoint file says.
 *
 * @param endpoint null where it has none
 * @param none whether it is the word that means that there is no endpoint
 */
record EndpointLine(@Nullable Endpoint endpoint, boolean none) {
  private static final EndpointLine EMPTY = new EndpointLine(null, false);
  private static final EndpointLine NONE = new EndpointLine(null, true);

  private static final int MAX_LENGTH = 32 * 1024;
  private static final Pattern DECIMAL = Pattern.compile("[0-9.eE+-]{1,32}");
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,9}");

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException if it is wrong; the message is safe to print
   */
  static EndpointLine parse(String line) {
    refuseUnprintable(line);
    StringTokenizer words = new StringTokenizer(line, " \t");
    String first = next(words);
    if (first == null) {
      return EMPTY;
    }
    if (first.equals("none")) {
      String more = next(words);
      if (more != null) {
        throw new IllegalArgumentException(shown(more) + " after none (expected: nothing)");
      }
      return NONE;
    }
    Endpoint.Builder endpoint = Endpoint.parse(first).toBuilder();
    Set<String> keys = new HashSet<>();
    for (String word = next(words); word != null; word = next(words)) {
      int equals = word.indexOf('=');
      if (equals <= 0) {
        throw new IllegalArgumentException(shown(word) + " (expected: key=value)");
      }
      String key = word.substring(0, equals);
      if (!keys.add(key)) {
        throw new IllegalArgumentException(shown(key) + ": twice (expected: each key once)");
      }
      set(endpoint, key, word.substring(equals + 1));
    }
    return new EndpointLine(endpoint.build(), false);
  }

  /** The next word; null at the end of the line or the start of a comment. */
  private static @Nullable String next(StringTokenizer words) {
    String word = words.hasMoreTokens() ? words.nextToken() : null;
    return word == null || word.startsWith("#") ? null : word;
  }

  private static void set(Endpoint.Builder endpoint, String key, String value) {
    switch (key) {
      case "weight" -> endpoint.weight(weight(value));
      case "zone" -> endpoint.zone(value);
      case "priority" -> endpoint.priority(priority(value));
      case "id" -> endpoint.id(value);
      case "secure" -> endpoint.secure(secure(value));
      default -> endpoint.metadata(key, value);
    }
  }

  private static double weight(String value) {
    // Double.parseDouble takes "1d", "0x1p3" and "NaN", too.
    if (DECIMAL.matcher(value).matches()) {
      try {
        return Double.parseDouble(value);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(unlike("weight", value, "a number, 0..1e9"), e);
      }
    }
    throw new IllegalArgumentException(unlike("weight", value, "a number, 0..1e9"));
  }

  private static int priority(String value) {
    if (!WHOLE.matcher(value).matches()) {
      throw new IllegalArgumentException(unlike("priority", value, "a whole number, >= 0"));
    }
    return Integer.parseInt(value);
  }

  private static boolean secure(String value) {
    if (!value.equals("true") && !value.equals("false")) {
      throw new IllegalArgumentException(unlike("secure", value, "true or false"));
    }
    return value.equals("true");
  }

  private static String unlike(String setting, String value, String expected) {
    return setting + ": " + shown(value) + " (expected: " + expected + ")";
  }

  private static String shown(String word) {
    return word.length() <= 120 ? word : word.substring(0, 120) + "...";
  }

  /** So that a line can be quoted in an error, and that a file in another charset is found out. */
  private static void refuseUnprintable(String line) {
    if (line.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          line.length() + " characters (expected: at most " + MAX_LENGTH + ")");
    }
    int c;
    for (int i = 0; i < line.length(); i += Character.charCount(c)) {
      c = line.codePointAt(i);
      String expected =
          switch (Character.getType(c)) {
            case Character.CONTROL -> c == '\t' ? null : "no control characters";
            case Character.FORMAT -> "no invisible characters";
            case Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> "another end of line";
            default -> c == '\ufffd' ? "UTF-8" : null;
          };
      if (expected != null) {
        throw new IllegalArgumentException(
            String.format("column %d: U+%04X (expected: %s)", i + 1, c, expected));
      }
    }
  }
}
