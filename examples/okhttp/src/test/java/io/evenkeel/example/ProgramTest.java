package io.evenkeel.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The program as users run it, in a process of its own. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD) // no interrupt ends a read
class ProgramTest {
  @TempDir Path directory;
  private @Nullable Process program;

  @AfterEach
  void end() {
    if (program != null) {
      program.destroyForcibly();
    }
  }

  @Test
  void aRunAccountsForEveryRequestAndLeavesNoProcess() throws Exception {
    Path json = directory.resolve("out.json");
    Path report = directory.resolve("out.html");
    Process running =
        start(
            "--seconds",
            "2",
            "--rate",
            "100",
            "--json",
            json.toString(),
            "--report",
            report.toString());
    BufferedReader output = running.inputReader();
    readUntil(output, "warming up");
    List<ProcessHandle> children = running.descendants().toList();
    assertThat(children).hasSize(5);
    List<String> rest = readUntil(output, "wrote " + report);
    assertThat(running.waitFor()).as(String.join("\n", rest)).isZero();
    assertThat(rest).anyMatch(line -> line.contains("server-3 killed"));
    assertThat(rest).anyMatch(line -> line.contains("p99.9"));
    assertThat(rest)
        .anyMatch(line -> line.matches(".* \\d+ retries and \\d+ hedges .* budget has \\d+ left"));
    assertGone(children);

    String written = Files.readString(json);
    assertThat(numbers(written, "requests").get(0)).isEqualTo(200);
    assertThat(numbers(written, "succeeded").get(0)).isEqualTo(200);
    assertThat(numbers(written, "failed").get(0)).isZero();
    for (int server = 1; server <= 5; server++) {
      assertThat(written.split("\"id\": \"server-" + server + "\"", -1)).hasSize(3);
    }
    assertThat(written).contains("\"baseline\": {");
    assertThat(Files.readString(report)).contains("<svg");
  }

  @Test
  void anInterruptEndsTheServersAndStillPrintsTheSummary() throws Exception {
    Path json = directory.resolve("out.json");
    Process running = start("--seconds", "600", "--rate", "50", "--json", json.toString());
    BufferedReader output = running.inputReader();
    readUntil(output, "of 600 s");
    List<ProcessHandle> children = running.descendants().toList();
    assertThat(children).hasSize(5);
    // As a terminal does it: to the program and to its children.
    List<String> kill = new ArrayList<>(List.of("kill", "-INT", Long.toString(running.pid())));
    children.forEach(child -> kill.add(Long.toString(child.pid())));
    assertThat(new ProcessBuilder(kill).start().waitFor()).isZero();
    List<String> rest = readUntil(output, "wrote " + json);
    assertThat(running.waitFor()).isEqualTo(130);
    assertThat(rest).anyMatch(line -> line.contains("interrupted before the baseline ran"));
    assertGone(children);
    String written = Files.readString(json);
    assertThat(written).contains("\"baseline\": null");
    // The servers took no notice of the interrupt while their parent was finishing.
    assertThat(numbers(written, "failed").get(0)).isZero();
    assertThat(numbers(written, "succeeded").get(0)).isPositive();
  }

  @Test
  void serversEndWithAParentThatWasKilled() throws Exception {
    Process running = start("--seconds", "600", "--rate", "10");
    readUntil(running.inputReader(), "warming up");
    List<ProcessHandle> children = running.descendants().toList();
    assertThat(children).hasSize(5);
    running.destroyForcibly().waitFor();
    assertGone(children);
  }

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    if (OS.LINUX.isCurrentOs()) {
      // A build in the background of a shell ignores interrupts, and so would what it starts.
      command.addAll(List.of("env", "--default-signal=INT"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(Demo.class.getName());
    command.addAll(List.of(arguments));
    Process started = new ProcessBuilder(command).redirectErrorStream(true).start();
    program = started;
    return started;
  }

  private static List<String> readUntil(BufferedReader output, String part) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      lines.add(line);
      if (line.contains(part)) {
        return lines;
      }
    }
    throw new AssertionError(
        "no line with " + part + " in:\n" + lines.stream().collect(Collectors.joining("\n")));
  }

  private static void assertGone(List<ProcessHandle> processes) throws Exception {
    for (ProcessHandle process : processes) {
      process.onExit().get(30, TimeUnit.SECONDS);
      assertThat(process.isAlive()).isFalse();
    }
  }

  private static List<Long> numbers(String json, String field) {
    List<Long> numbers = new ArrayList<>();
    Matcher matcher = Pattern.compile('"' + field + "\": (\\d+)").matcher(json);
    while (matcher.find()) {
      numbers.add(Long.parseLong(matcher.group(1)));
    }
    return numbers;
  }
}
