package io.evenkeel.lb.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.LoadReport;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OrcaReportTest {
  private static final String ALL_AS_TEXT =
      "TEXT cpu_utilization=0.3,mem_utilization=0.8,rps_fractional=10.5,eps=1,"
          + "application_utilization=1.25,named_metrics.queue.a=4,utilization.disk=0.5,"
          + "request_cost.bytes=3487";
  private static final String ALL_AS_JSON =
      "JSON {\"cpu_utilization\": 0.3, \"memUtilization\": \"0.8\", \"rpsFractional\": 1.05e1,"
          + "\"eps\": 1, \"rps\": null, \"later\": [1, {\"a\": [true, null, \"x\"]}, []],"
          + "\"application_utilization\": 1.25, \"named_metrics\": {\"queue.\\u0061\": 4},"
          + "\"utilization\": {\"disk\": 0.5}, \"requestCost\": {\"bytes\": 3487}}";

  /** The message as the field numbers of orca_load_report.proto have it. */
  private static byte[] all() {
    Message message = new Message().number(1, 0.3).number(2, 0.8).number(6, 10.5).number(7, 1);
    message.entry(8, "queue.a", 4).entry(5, "disk", 0.5).entry(4, "bytes", 3487);
    return message.number(9, 1.25).bytes();
  }

  private final List<String> problems = new ArrayList<>();

  private @Nullable OrcaReport parse(String value) {
    return OrcaReport.parse(value, problems::add);
  }

  private @Nullable OrcaReport parseBinary(byte[] message) {
    return OrcaReport.parseBinary(Base64.getEncoder().encodeToString(message), problems::add);
  }

  private OrcaReport known(@Nullable OrcaReport report) {
    assertThat(problems).isEmpty();
    if (report == null) {
      throw new AssertionError("no report");
    }
    return report;
  }

  @Test
  void allFormsSayTheSame() {
    OrcaReport text = known(parse(ALL_AS_TEXT));
    assertThat(text.cpuUtilization()).isEqualTo(0.3);
    assertThat(text.memoryUtilization()).isEqualTo(0.8);
    assertThat(text.applicationUtilization()).isEqualTo(1.25);
    assertThat(text.queriesPerSecond()).isEqualTo(10.5);
    assertThat(text.errorsPerSecond()).isEqualTo(1);
    assertThat(text.namedMetrics()).isEqualTo(Map.of("queue.a", 4.0));
    assertThat(text.utilization()).isEqualTo(Map.of("disk", 0.5));
    assertThat(text.requestCost()).isEqualTo(Map.of("bytes", 3487.0));
    assertThat(known(parse(ALL_AS_JSON))).isEqualTo(text).hasSameHashCodeAs(text);
    assertThat(known(parseBinary(all()))).isEqualTo(text);
    String base64 = Base64.getEncoder().withoutPadding().encodeToString(all());
    assertThat(known(parse("BIN " + base64))).isEqualTo(text);
  }

  @Test
  void whatStrategiesGoByIsTheApplicationsUtilisationOrElseTheProcessors() {
    LoadReport both = known(parse(ALL_AS_TEXT)).load();
    assertThat(both.utilization()).isEqualTo(1.25);
    assertThat(both.queriesPerSecond()).isEqualTo(10.5);
    assertThat(both.errorsPerSecond()).isEqualTo(1);
    assertThat(both.inFlight()).isEqualTo(-1);
    LoadReport one = known(parse("TEXT cpu_utilization=0.3,application_utilization=0")).load();
    assertThat(one.utilization()).isEqualTo(0.3);
  }

  @Test
  void requestsInFlightAndLatencyAreNamedMetrics() {
    LoadReport text =
        known(parse("TEXT named_metrics.in_flight=7,named_metrics.latency_ms=12.5")).load();
    assertThat(text).hasToString("LoadReport[inFlight=7, latencyNanos=12500000]");
    LoadReport json = known(parse("JSON {\"named_metrics\": {\"in_flight\": 0}}")).load();
    assertThat(json).hasToString("LoadReport[inFlight=0]");
    for (String wrong : List.of("-1", "-3e9")) {
      LoadReport report =
          known(parse("TEXT named_metrics.in_flight=" + wrong + ",named_metrics.latency_ms=-1"))
              .load();
      assertThat(report).hasToString("LoadReport[]");
    }
    LoadReport large =
        known(parse("TEXT named_metrics.in_flight=1e99,named_metrics.latency_ms=1e99")).load();
    assertThat(large.inFlight()).isEqualTo(Integer.MAX_VALUE);
    assertThat(large.latencyNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theOldRateCountsWhereTheNewOneIsMissing() {
    assertThat(known(parse("TEXT rps=7")).queriesPerSecond()).isEqualTo(7);
    assertThat(known(parse("JSON {\"rps\": \"7\"}")).queriesPerSecond()).isEqualTo(7);
    byte[] old = new Message().varint(3, 300).bytes();
    assertThat(known(parseBinary(old)).queriesPerSecond()).isEqualTo(300);
    byte[] both = new Message().varint(3, 300).number(6, 301.5).bytes();
    assertThat(known(parseBinary(both)).queriesPerSecond()).isEqualTo(301.5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TEXT cpu_utilization=0.5",
        "  TEXT   cpu_utilization = 0.5 ,, ",
        "TEXT cpu_utilization:0.5",
        "TEXT cpu_utilization=1,cpu_utilization=5E-1",
        "TEXT cpu_utilization=.5,later=what,cpu_utilization.x=1,named_metrics=1",
        "JSON {\"cpuUtilization\":0.5}",
        "JSON { \"cpu_utilization\" : \"0.5\" , \"\\\"\\\\\\n\" : {} } ",
        "BIN CQAAAAAAAOA/"
      })
  void roomIsLeftForHowItIsWrittenAndForWhatComesLater(String value) {
    assertThat(known(parse(value)).cpuUtilization()).isEqualTo(0.5);
  }

  @Test
  void fieldsThatAreNotKnownArePassedOver() {
    Message message = new Message().varint(15, 5).number(16, 2).entry(300, "a", 1);
    message.fixed32(17).entry(1, "cpu as a map", 1).varint(2, 1);
    assertThat(known(parseBinary(message.number(1, 0.5).bytes())).cpuUtilization()).isEqualTo(0.5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "|a form that is not known (expected: TEXT, JSON or BIN)",
        "XML <x/>|a form that is not known (expected: TEXT, JSON or BIN)",
        "text eps=1|a form that is not known (expected: TEXT, JSON or BIN)",
        "TEXT eps|a pair without a name or a value (expected: name=value)",
        "TEXT =1|a pair without a name or a value (expected: name=value)",
        "TEXT eps=|the value of eps (expected: a number)",
        "TEXT eps=1d|the value of eps (expected: a number)",
        "TEXT eps=0x1p3|the value of eps (expected: a number)",
        "TEXT eps=1e|the value of eps (expected: a number)",
        "TEXT eps=.|the value of eps (expected: a number)",
        "TEXT eps=Infinity|the value of eps (expected: a number)",
        "TEXT eps=NaN|eps: NaN (expected: >= 0, finite)",
        "TEXT eps=1e999|eps: Infinity (expected: >= 0, finite)",
        "TEXT eps=-1|eps: -1.0 (expected: >= 0, finite)",
        "TEXT named_metrics.a=NaN|a value of named_metrics: NaN (expected: finite)",
        "JSON|JSON that is wrong at character 1 (expected: {)",
        "JSON {|JSON that is wrong at character 2 (expected: \")",
        "JSON {}x|JSON that is wrong at character 3 (expected: the end)",
        "JSON {\"eps\":}|JSON that is wrong at character 8 (expected: a number)",
        "JSON {\"eps\":1,}|JSON that is wrong at character 10 (expected: \")",
        "JSON {\"eps\":\"NaN\"}|eps: NaN (expected: >= 0, finite)",
        "JSON {\"eps\\x\":1}|JSON that is wrong at character 8 (expected: an escape that JSON has)",
        "JSON {\"utilization\":1}|JSON that is wrong at character 16 (expected: {)",
        "BIN ?|characters or a length that are wrong (expected: base64)",
        "BIN CQAAAAAAAOA|bytes that are not a whole message (expected: an OrcaLoadReport)",
        "BIN AAAA|bytes that are not a whole message (expected: an OrcaLoadReport)"
      })
  void whatIsWrongIsIgnoredWithAReason(@Nullable String value, String reason) {
    assertThat(parse(value == null ? "" : value)).isNull();
    assertThat(problems).containsExactly("endpoint-load-metrics: " + reason);
  }

  @Test
  void theLengthIsBounded() {
    String longest = "TEXT eps=1" + ",".repeat(OrcaReport.MAX_LENGTH - 10);
    assertThat(known(parse(longest)).errorsPerSecond()).isEqualTo(1);
    assertThat(parse(longest + ",")).isNull();
    assertThat(problems)
        .containsExactly("endpoint-load-metrics: 8193 characters (expected: at most 8192)");
  }

  @Test
  void nestingIsBounded() {
    String deep = "[".repeat(4_000) + "]".repeat(4_000);
    assertThat(parse("JSON {\"a\":" + deep + "}")).isNull();
    String objects = "{\"a\":".repeat(1_000) + "1" + "}".repeat(1_000);
    assertThat(parse("JSON " + objects)).isNull();
    assertThat(problems).hasSize(2).allMatch(reason -> reason.endsWith("at most 16 levels)"));
  }

  @Test
  void whateverIsCutOrChangedNothingIsThrown() {
    SplittableRandom random = new SplittableRandom(5);
    byte[] message = all();
    for (int trial = 0; trial < 20_000; trial++) {
      String value = trial % 2 == 0 ? ALL_AS_JSON : ALL_AS_TEXT;
      StringBuilder changed =
          new StringBuilder(value.substring(0, 1 + random.nextInt(300) % value.length()));
      byte[] bytes = java.util.Arrays.copyOf(message, 1 + random.nextInt(message.length));
      for (int i = random.nextInt(4); i > 0; i--) {
        changed.setCharAt(random.nextInt(changed.length()), (char) random.nextInt(128));
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      problems.clear();
      assertThat(parse(changed.toString()) == null).isEqualTo(problems.size() == 1);
      problems.clear();
      OrcaReport read = parseBinary(bytes);
      assertThat(read == null).isEqualTo(problems.size() == 1);
      assertThat(read == null || read.load().utilization() >= 0).isTrue();
    }
  }

  @Test
  void headersAreLookedUpByTheirNames() {
    Map<String, String> text = Map.of("endpoint-load-metrics", "TEXT cpu_utilization=0.5");
    assertThat(LoadHeaders.read(text::get, problems::add))
        .hasToString("LoadReport[utilization=0.5]");
    Map<String, String> binary = Map.of("endpoint-load-metrics-bin", "CQAAAAAAAOA/");
    assertThat(LoadHeaders.read(binary::get, problems::add))
        .hasToString("LoadReport[utilization=0.5]");
    assertThat(LoadHeaders.read(name -> null, problems::add)).isNull();
    assertThat(problems).isEmpty();
    assertThat(LoadHeaders.read(name -> "?", problems::add)).isNull();
    assertThat(problems).hasSize(1);
  }

  /** Writes the wire format. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message number(int field, double value) {
      raw((field << 3) | 1);
      byte[] bytes = new byte[8];
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putDouble(value);
      out.writeBytes(bytes);
      return this;
    }

    Message varint(int field, long value) {
      raw(field << 3);
      raw(value);
      return this;
    }

    Message fixed32(int field) {
      raw((field << 3) | 5);
      out.writeBytes(new byte[4]);
      return this;
    }

    Message entry(int field, String key, double value) {
      byte[] text = key.getBytes(StandardCharsets.UTF_8);
      Message entry = new Message();
      entry.raw((1 << 3) | 2);
      entry.raw(text.length);
      entry.out.writeBytes(text);
      entry.number(2, value);
      raw((field << 3) | 2);
      raw(entry.out.size());
      out.writeBytes(entry.bytes());
      return this;
    }

    byte[] bytes() {
      return out.toByteArray();
    }

    private void raw(long value) {
      long rest = value;
      while (rest >= 0x80) {
        out.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }
  }
}
