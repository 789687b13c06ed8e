package io.evenkeel.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArgumentsTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--rate 0                | --rate: 0 (expected: a whole number, 1..20000)",
        "--rate 20001            | --rate: 20001 (expected: a whole number, 1..20000)",
        "--rate 1e3              | --rate: 1e3 (expected: a whole number, 1..20000)",
        "--seconds 0             | --seconds: 0 (expected: a whole number, 1..3600)",
        "--seconds 3601          | --seconds: 3601 (expected: a whole number, 1..3600)",
        "--seconds -5            | --seconds: -5 (expected: a whole number, 1..3600)",
        "--seed x                | --seed: x (expected: a whole number)",
        "--seed 9223372036854775808 | --seed: 9223372036854775808 (expected: a whole number)",
        "--strategy fastest      | --strategy: unknown strategy fastest (expected: default,",
        "--endpoints localhost   | --endpoints: endpoint: \"localhost\" (expected: host:port",
        "--endpoints a:1,,b:2    | --endpoints: endpoint: \"\" (expected: host:port",
        "--endpoints a:0         | --endpoints: port: 0 (expected: 1..65535)",
        "--endpoints a/b:80      | --endpoints: host:",
        "--json /                | --json: / (expected: a file that can be written)",
        "--json /no/such/x.json  | --json: /no/such/x.json (expected: a file that can be written)",
        "--report /dev           | --report: /dev (expected: a file that can be written)",
        "--rate                  | --rate: no value (expected: N)",
        "--rate 1 --rate 2       | --rate: given twice (expected: once)",
        "--speed 9               | --speed: unknown (expected: an option, see --help)",
        "fast                    | fast: unknown (expected: an option, see --help)",
      })
  void aMistakeIsOneLineThatNamesTheOption(String arguments, String message) {
    assertThat(run(arguments.split(" "))).isEqualTo(2);
    assertThat(text(err)).startsWith(message).endsWith("\n").hasLineCount(1);
    assertThat(text(out)).isEmpty();
  }

  @Test
  void controlCharactersStayOutOfTheMessage() {
    assertThat(run("--strategy", "a\nb\u001b[31m")).isEqualTo(2);
    assertThat(text(err)).hasLineCount(1).doesNotContain("\u001b");
  }

  @Test
  void anEmptyFileNameIsAMistake() {
    assertThat(run("--json", "")).isEqualTo(2);
    assertThat(text(err)).startsWith("--json:").hasLineCount(1);
  }

  @Test
  void aMistakeLeavesFilesAsTheyWere(@TempDir Path directory) throws Exception {
    Path there = Files.writeString(directory.resolve("there.json"), "old");
    Path fresh = directory.resolve("fresh.html");
    assertThat(run("--json", there.toString(), "--report", fresh.toString(), "--report", "/dev"))
        .isEqualTo(2);
    assertThat(run("--json", there.toString(), "--report", "/dev")).isEqualTo(2);
    assertThat(run("--json", fresh.toString(), "--report", fresh.toString())).isEqualTo(2);
    assertThat(there).hasContent("old");
    assertThat(fresh).doesNotExist();
  }

  @Test
  void helpNamesEveryOptionAndStrategy() {
    assertThat(run("--help")).isZero();
    String help = text(out).replaceAll("\\s+", "");
    assertThat(help)
        .contains("--endpoints", "--strategy", "--rate", "--seconds", "--seed", "--json")
        .contains("--report", "--version", Strategies.names().replace(" ", ""));
    assertThat(text(err)).isEmpty();
  }

  private int run(String... arguments) {
    Demo demo = new Demo(print(out), false, new CountDownLatch(1));
    return Demo.commandLine(demo, print(err)).execute(arguments);
  }

  private static PrintStream print(ByteArrayOutputStream to) {
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream of) {
    return of.toString(StandardCharsets.UTF_8);
  }
}
