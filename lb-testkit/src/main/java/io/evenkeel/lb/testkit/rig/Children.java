package io.evenkeel.lb.testkit.rig;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The processes that the rig has started and not ended: whatever is left ends with this JVM. */
final class Children {
  static final long PATIENCE_SECONDS = 20;

  private static final Set<Process> ALIVE = ConcurrentHashMap.newKeySet();
  private static final Set<Path> FILES = ConcurrentHashMap.newKeySet();
  private static final String END = "(end)";

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Children::endAll, "rig-children"));
  }

  private Children() {}

  /** A temporary file that is deleted with this JVM, if not before. */
  static Path file() throws IOException {
    Path file = Files.createTempFile("rig-", ".journal");
    FILES.add(file);
    return file;
  }

  static void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
    FILES.remove(file);
  }

  /** Starts a process whose errors are among what it prints. */
  static Process start(String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    // The variable makes a JVM print a line.
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    Process process = builder.start();
    ALIVE.add(process);
    return process;
  }

  /** Kills it, by its own handle and nothing else, and waits until it is gone. */
  static void end(Process process) {
    process.destroyForcibly();
    boolean interrupted = false;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    boolean ended = false;
    while (!ended && System.nanoTime() - deadline < 0) {
      try {
        ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      throw new IllegalStateException("process " + process.pid() + " does not die");
    }
    ALIVE.remove(process);
  }

  private static void endAll() {
    ALIVE.forEach(Process::destroyForcibly);
    for (Path file : FILES) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // The JVM ends; the file is small, and where temporary files are.
      }
    }
  }

  /** What a process prints, line by line, so that waiting for it can have a limit. */
  static final class Lines {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    Lines(Process process) {
      Thread reader = new Thread(() -> read(process), "rig-lines-" + process.pid());
      reader.setDaemon(true);
      reader.start();
    }

    private void read(Process process) {
      try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
          lines.add(line);
        }
      } catch (IOException e) {
        // The process was killed while it was read, which is its end as well.
      } finally {
        lines.add(END);
      }
    }

    /**
     * The rest of the next line that begins so.
     *
     * @throws IOException if the process ends or the time is up before; it says what it printed
     */
    String await(String beginning) throws IOException {
      StringBuilder others = new StringBuilder();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (true) {
        String line = next(deadline - System.nanoTime());
        if (line == null || line.equals(END)) {
          throw new IOException(
              "no \""
                  + beginning
                  + "\" from a process"
                  + (line == null ? " in time" : "")
                  + (others.isEmpty() ? "" : ", but: " + others));
        }
        if (line.startsWith(beginning)) {
          return line.substring(beginning.length());
        }
        others.append(line).append('\n');
      }
    }

    private @Nullable String next(long nanos) throws IOException {
      try {
        return lines.poll(nanos, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }
}
