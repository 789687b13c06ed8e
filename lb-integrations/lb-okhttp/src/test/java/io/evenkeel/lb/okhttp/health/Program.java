package io.evenkeel.lb.okhttp.health;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program of this machine. It is ended by its id when this is closed, and also when this JVM is
 * gone, however that ended: a shell beside it reads from us, and ends it when there is no more.
 */
final class Program implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 10;
  private static final String GUARD =
      "log=$1; shift; \"$@\" > \"$log\" 2>&1 & child=$!; echo $child; read -r unused; "
          + "kill $child; wait $child";

  private final Process guard;
  private final Path log;
  private final ProcessHandle handle;

  private Program(Process guard, Path log, ProcessHandle handle) {
    this.guard = guard;
    this.log = log;
    this.handle = handle;
  }

  /** Ends the test, without a failure, where the program is not there. */
  static void assumeInstalled(Path program) {
    assumeThat(Files.isExecutable(program))
        .as("%s is missing (on Debian: apt-get install %s)", program, program.getFileName())
        .isTrue();
  }

  /**
   * Starts a program that stays in the foreground.
   *
   * @param log where to put what it prints
   */
  static Program start(Path log, String... command) throws IOException {
    List<String> guarded = new ArrayList<>(List.of("/bin/sh", "-c", GUARD, "guard", log + ""));
    guarded.addAll(List.of(command));
    Process guard = new ProcessBuilder(guarded).redirectErrorStream(true).start();
    BufferedReader lines = guard.inputReader(StandardCharsets.US_ASCII);
    long pid = Long.parseLong(lines.readLine());
    return new Program(guard, log, ProcessHandle.of(pid).orElseThrow());
  }

  boolean isAlive() {
    return handle.isAlive();
  }

  /** What it has printed. */
  String printed() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  void signal(String name) throws IOException, InterruptedException {
    Process sent =
        new ProcessBuilder("/bin/sh", "-c", "kill -" + name + " " + handle.pid())
            .inheritIO()
            .start();
    if (sent.waitFor() != 0) {
      throw new IOException("kill -" + name + " " + handle.pid() + ": " + sent.exitValue());
    }
  }

  @Override
  public void close() {
    List<ProcessHandle> all = guard.descendants().toList();
    try {
      guard.getOutputStream().close();
      if (!guard.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("does not end: " + printed());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      all.forEach(ProcessHandle::destroyForcibly);
      guard.destroyForcibly();
    }
  }
}
