package io.evenkeel.lb.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/** A program of the package {@code prometheus} that tests need. */
record Tool(Path path) {
  private static final Path BIN = Path.of("/usr/bin");

  /** Skips the test where there is none, but not where everything must be tested. */
  static Tool named(String name) {
    return in(BIN, name, System.getenv("CI") != null);
  }

  static Tool in(Path bin, String name, boolean needed) {
    Path path = bin.resolve(name);
    if (Files.isExecutable(path)) {
      return new Tool(path);
    }
    String message = path + " is missing (apt-get install prometheus): rules and dashboards are";
    if (needed) {
      throw new AssertionError(message + " not tested, and with CI set they must be");
    }
    throw new TestAbortedException(message + " not tested");
  }

  /** Runs it to its end, which must be a good one. */
  String run(Path out, String in, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(path.toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    try {
      try (OutputStream input = process.getOutputStream()) {
        input.write(in.getBytes(StandardCharsets.UTF_8));
      }
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
      String said = Files.readString(out);
      assertThat(process.exitValue()).as("%s: %s", command, said).isZero();
      return said;
    } finally {
      process.destroyForcibly();
    }
  }
}
