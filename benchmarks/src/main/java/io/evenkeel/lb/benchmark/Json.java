package io.evenkeel.lb.benchmark;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;

/** Results as JSON: an object with the machine that they are from, and the results. */
public final class Json {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(
              new SimpleModule()
                  .addSerializer(Double.class, new Rounded())
                  .addSerializer(double.class, new Rounded()))
          .build();

  private Json() {}

  /**
   * Writes a file of results.
   *
   * @param results records, or lists of them; their fractions get six digits, and null where they
   *     are not numbers
   */
  public static void write(Path file, Machine machine, Object results) throws IOException {
    write(file, new ResultsOf(machine, results));
  }

  /**
   * Writes a file of results whose form is its own.
   *
   * @param whole a record, written as {@link #write(Path, Machine, Object)} does
   */
  public static void write(Path file, Object whole) throws IOException {
    MAPPER.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), whole);
  }

  /** What JMH wrote, without the place where the machine keeps its JVM: nobody's business. */
  static JsonNode withoutPaths(byte[] jmh) throws IOException {
    JsonNode results = MAPPER.readTree(jmh);
    results.forEach(result -> ((ObjectNode) result).put("jvm", "java"));
    return results;
  }

  private record ResultsOf(Machine machine, Object results) {}

  /** More digits than any measurement has would only hide what differs. */
  private static final class Rounded extends JsonSerializer<Double> {
    @Override
    public void serialize(Double value, JsonGenerator json, SerializerProvider all)
        throws IOException {
      if (Double.isFinite(value)) {
        double rounded = new BigDecimal(value).round(new MathContext(6)).doubleValue();
        json.writeNumber(rounded);
      } else {
        json.writeNull();
      }
    }
  }
}
