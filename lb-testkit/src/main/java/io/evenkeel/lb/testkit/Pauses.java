package io.evenkeel.lb.testkit;

import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Whether the machine let this JVM run. A thread that asks to be woken every few milliseconds sees
 * when it is not; what a hypervisor gave to others, the kernel of a guest counts. Pauses are known
 * from when this was first asked. Safe for any thread.
 */
public final class Pauses {
  private static final long BEAT_NANOS = 5_000_000;
  private static final long STANDSTILL_NANOS = 50_000_000;

  private static final Queue<Gap> GAPS = new ConcurrentLinkedQueue<>();
  private static volatile long lastBeat = System.nanoTime();

  static {
    Thread heart = new Thread(Pauses::beat, "evenkeel-standstill");
    heart.setDaemon(true);
    heart.start();
  }

  private Pauses() {}

  /** A moment, to ask {@link #since} of later. */
  public static Moment now() {
    return new Moment(System.nanoTime(), ProcessorTicks.read());
  }

  /** What there was between a moment and now. */
  public static Pause since(Moment begin) {
    long longest = System.nanoTime() - lastBeat;
    for (Gap gap : GAPS) {
      if (gap.end - begin.nanos > 0) {
        longest = Math.max(longest, gap.length);
      }
    }
    return new Pause(longest, ProcessorTicks.read().since(begin.ticks));
  }

  /**
   * Stops this process by a signal; a shell wakes it.
   *
   * @param length for how long
   * @throws IOException if it could not be stopped, or woken by the shell
   */
  public static void standStill(Duration length) throws IOException, InterruptedException {
    String self = Long.toString(ProcessHandle.current().pid());
    String seconds = Double.toString(length.toMillis() / 1e3);
    String script = "kill -STOP $1; sleep $2; kill -CONT $1";
    Process shell = new ProcessBuilder("/bin/sh", "-c", script, "sh", self, seconds).start();
    int exit = shell.waitFor();
    if (exit != 0) {
      throw new IOException("exit code of " + script + ": " + exit + " (expected: 0)");
    }
  }

  private static void beat() {
    while (true) {
      LockSupport.parkNanos(BEAT_NANOS);
      long now = System.nanoTime();
      long length = now - lastBeat;
      if (length >= STANDSTILL_NANOS) {
        GAPS.add(new Gap(now, length));
      }
      lastBeat = now;
    }
  }

  /**
   * A moment.
   *
   * @param nanos by {@link System#nanoTime}
   * @param ticks of the processors until then
   */
  public record Moment(long nanos, ProcessorTicks ticks) {}

  private record Gap(long end, long length) {}

  /**
   * What kept this JVM from running.
   *
   * @param nanos the longest time for which nothing ran
   * @param ticks what became of the processors' time
   */
  public record Pause(long nanos, ProcessorTicks ticks) {
    boolean isStandstill() {
      return nanos >= STANDSTILL_NANOS || ticks.areTakenAway();
    }

    @Override
    public String toString() {
      return String.format(
          "the machine stood still for %d ms, and others had %d of %d ticks of its processors",
          nanos / 1_000_000, ticks.stolen(), ticks.all());
    }
  }
}
