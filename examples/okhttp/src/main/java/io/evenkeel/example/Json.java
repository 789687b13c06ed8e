package io.evenkeel.example;

import io.evenkeel.example.Figures.OfEndpoint;
import org.jspecify.annotations.Nullable;

/** The figures as JSON. A figure that does not exist, such as a latency of nothing, is null. */
final class Json {
  private final StringBuilder json = new StringBuilder();

  private Json() {}

  /** Both runs; the baseline is null where it did not run. */
  static String of(Figures ours, @Nullable Figures baseline) {
    Json writer = new Json();
    writer.json.append("{\n");
    writer.run(ours, "  ");
    writer.json.append(",\n  \"baseline\": ");
    if (baseline == null) {
      writer.json.append("null");
    } else {
      writer.json.append("{\n");
      writer.run(baseline, "    ");
      writer.json.append("\n  }");
    }
    return writer.json.append("\n}\n").toString();
  }

  private void run(Figures run, String indent) {
    json.append(indent).append("\"strategy\": ").append(quote(run.strategy()));
    field(indent, "requests", Long.toString(run.requests()));
    field(indent, "succeeded", Long.toString(run.succeeded()));
    field(indent, "failed", Long.toString(run.failed()));
    field(indent, "p50Millis", number(run.p50Millis()));
    field(indent, "p99Millis", number(run.p99Millis()));
    field(indent, "p999Millis", number(run.p999Millis()));
    json.append(",\n").append(indent).append("\"endpoints\": [");
    String separator = "\n";
    for (OfEndpoint endpoint : run.endpoints()) {
      json.append(separator)
          .append(indent)
          .append("  {\"id\": ")
          .append(quote(endpoint.id()))
          .append(", \"requests\": ")
          .append(endpoint.requests())
          .append(", \"succeeded\": ")
          .append(endpoint.succeeded())
          .append(", \"share\": ")
          .append(number(endpoint.share()))
          .append(", \"p99Millis\": ")
          .append(number(endpoint.p99Millis()))
          .append('}');
      separator = ",\n";
    }
    json.append('\n').append(indent).append(']');
  }

  private void field(String indent, String name, String value) {
    json.append(",\n").append(indent).append(quote(name)).append(": ").append(value);
  }

  private static String number(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "null";
  }

  /** A string in quotes. Outside ASCII it is escaped, so that no reader can get it wrong. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        quoted.append(Text.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
