package io.evenkeel.lb.testkit.rig;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A process that was stopped by SIGSTOP. A stopped process cannot notice that its parent has died,
 * so a shell waits beside it, and wakes it when the parent says so or is gone.
 */
final class Suspension {
  private static final String SCRIPT =
      "kill -STOP \"$1\" && echo stopped && read -r unused; kill -CONT \"$1\" && echo resumed";
  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  private final Process shell;
  private final Children.Lines lines;

  private Suspension(Process shell) {
    this.shell = shell;
    this.lines = new Children.Lines(shell);
  }

  /** Stops a process, and returns when none of its threads runs any more. */
  static Suspension of(long pid) throws IOException {
    Process shell = Children.start("/bin/sh", "-c", SCRIPT, "sh", Long.toString(pid));
    Suspension suspension = new Suspension(shell);
    try {
      suspension.lines.await("stopped");
      awaitStill(pid);
      return suspension;
    } catch (IOException | RuntimeException e) {
      Children.end(shell);
      throw e;
    }
  }

  /** Lets the process go on. */
  void end() throws IOException {
    try {
      shell.getOutputStream().close();
      lines.await("resumed");
    } finally {
      Children.end(shell);
    }
  }

  /** Leaves the process as it is, since it is about to be killed. */
  void forget() {
    Children.end(shell);
  }

  /** The signal reaches the threads one after another; only Linux lets us see it. */
  private static void awaitStill(long pid) throws IOException {
    Path tasks = Path.of("/proc", Long.toString(pid), "task");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Children.PATIENCE_SECONDS);
    while (Files.isDirectory(tasks) && !isStill(tasks)) {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("process " + pid + " does not stop");
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static boolean isStill(Path tasks) throws IOException {
    List<Path> all;
    try (Stream<Path> listed = Files.list(tasks)) {
      all = listed.toList();
    }
    for (Path task : all) {
      try {
        String stat = Files.readString(task.resolve("stat"), StandardCharsets.ISO_8859_1);
        // The name, in parentheses, may contain anything.
        if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
          return false;
        }
      } catch (NoSuchFileException e) {
        // A thread that has ended is still enough.
      }
    }
    return true;
  }
}
