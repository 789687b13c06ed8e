package io.evenkeel.lb.report;

import org.jspecify.annotations.Nullable;

/** Reads the forms of a report that begin with their name. */
final class OrcaText {
  private OrcaText() {}

  /** Why the value cannot be read; null if it can. */
  static @Nullable String read(String value, OrcaReport.Draft draft) {
    String trimmed = value.strip();
    int space = trimmed.indexOf(' ');
    String form = space < 0 ? trimmed : trimmed.substring(0, space);
    String rest = space < 0 ? "" : trimmed.substring(space + 1).strip();
    return switch (form) {
      case "TEXT" -> readPairs(rest, draft);
      case "JSON" -> new OrcaJson(rest, draft).read();
      case "BIN" -> OrcaBinary.read(rest, draft);
      default -> "a form that is not known (expected: TEXT, JSON or BIN)";
    };
  }

  /** Names and values, as in {@code eps=1,named_metrics.queue=4}; Envoy has a colon for the =. */
  private static @Nullable String readPairs(String pairs, OrcaReport.Draft draft) {
    String problem = null;
    for (int from = 0; from < pairs.length() && problem == null; ) {
      int comma = pairs.indexOf(',', from);
      int end = comma < 0 ? pairs.length() : comma;
      problem = readPair(pairs.substring(from, end).strip(), draft);
      from = end + 1;
    }
    return problem;
  }

  private static @Nullable String readPair(String pair, OrcaReport.Draft draft) {
    if (pair.isEmpty()) {
      return null;
    }
    // Keys of maps may have either sign in them, values have none.
    int sign = Math.max(pair.lastIndexOf('='), pair.lastIndexOf(':'));
    if (sign <= 0) {
      return "a pair without a name or a value (expected: name=value)";
    }
    String name = pair.substring(0, sign).strip();
    int dot = name.indexOf('.');
    OrcaField field = OrcaField.named(dot < 0 ? name : name.substring(0, dot));
    if (field == null || field.isMap != (dot >= 0)) {
      return null;
    }
    Double number = Decimal.parse(pair.substring(sign + 1).strip());
    if (number == null) {
      return "the value of " + field + " (expected: a number)";
    }
    return field.isMap
        ? draft.put(field, name.substring(dot + 1), number)
        : draft.put(field, number);
  }
}
