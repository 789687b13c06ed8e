package io.evenkeel.lb.report;

import org.jspecify.annotations.Nullable;

/**
 * Reads the message in the JSON form of Protocol Buffers: an object with names in either spelling,
 * numbers that may be strings, and null for what is not there.
 */
final class OrcaJson {
  private static final int MAX_DEPTH = 16;

  private final String text;
  private final OrcaReport.Draft draft;
  private int at;

  /** The first problem that was met. */
  private @Nullable String problem;

  OrcaJson(String text, OrcaReport.Draft draft) {
    this.text = text;
    this.draft = draft;
  }

  /** Why the value cannot be read; null if it can. */
  @Nullable String read() {
    readObject(this::readField);
    skipSpace();
    if (at < text.length()) {
      fail("the end");
    }
    return problem;
  }

  private void readField(String name) {
    OrcaField field = OrcaField.named(name);
    if (field == null) {
      skipValue(0);
    } else if (skipped("null")) {
      return;
    } else if (field.isMap) {
      readObject(key -> note(draft.put(field, key, readNumber())));
    } else {
      note(draft.put(field, readNumber()));
    }
  }

  private void readObject(Member member) {
    expect('{');
    if (skippedChar('}')) {
      return;
    }
    do {
      String name = readString();
      expect(':');
      if (problem == null) {
        member.read(name);
      }
    } while (problem == null && skippedChar(','));
    expect('}');
  }

  private double readNumber() {
    skipSpace();
    String number = peek() == '"' ? readString() : readWord();
    Double value = Decimal.parse(number);
    if (value == null) {
      fail("a number");
      return 0;
    }
    return value;
  }

  /** A number, true, false or null. */
  private String readWord() {
    int from = at;
    while (at < text.length() && ",}] \t\r\n".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return text.substring(from, at);
  }

  private String readString() {
    expect('"');
    StringBuilder string = new StringBuilder();
    while (problem == null) {
      char c = next();
      if (c == '"') {
        break;
      }
      if (c < ' ') {
        fail("a string without control characters");
      }
      string.append(c == '\\' ? escaped() : c);
    }
    return string.toString();
  }

  private char escaped() {
    char c = next();
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> {
        fail("an escape that JSON has");
        yield ' ';
      }
    };
  }

  private char unicode() {
    int code = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(next(), 16);
      if (digit < 0) {
        fail("four hexadecimal digits");
      }
      code = (code << 4) | (digit & 0xf);
    }
    return (char) code;
  }

  private void skipValue(int depth) {
    skipSpace();
    if (depth > MAX_DEPTH) {
      fail("at most " + MAX_DEPTH + " levels");
    } else if (peek() == '{') {
      readObject(name -> skipValue(depth + 1));
    } else if (skippedChar('[')) {
      if (!skippedChar(']')) {
        do {
          skipValue(depth + 1);
        } while (problem == null && skippedChar(','));
        expect(']');
      }
    } else if (peek() == '"') {
      readString();
    } else if (!skipped("true") && !skipped("false") && !skipped("null")) {
      readNumber();
    }
  }

  private boolean skipped(String word) {
    skipSpace();
    if (!text.startsWith(word, at)) {
      return false;
    }
    at += word.length();
    return true;
  }

  private boolean skippedChar(char c) {
    skipSpace();
    if (problem != null || peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private void expect(char c) {
    if (!skippedChar(c)) {
      fail(String.valueOf(c));
    }
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  /** The next character; 0 at the end, where it is a problem as well. */
  private char next() {
    if (at == text.length()) {
      fail("more");
      return 0;
    }
    return text.charAt(at++);
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private void fail(String expected) {
    note("JSON that is wrong at character " + (at + 1) + " (expected: " + expected + ")");
  }

  private void note(@Nullable String found) {
    if (problem == null) {
      problem = found;
    }
  }

  private interface Member {
    void read(String name);
  }
}
