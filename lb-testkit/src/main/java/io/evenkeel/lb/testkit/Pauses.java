package io.evenkeel.lb.testkit;

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

  /** The share of the processors' time, and the least that it can be told from, in 1/100 s. */
  private static final double STOLEN = 0.05;

  private static final long STOLEN_TICKS = 5;

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
    /** Whether nothing ran for 50 ms, or others had 5 % of the processors. */
    public boolean isStandstill() {
      return nanos >= STANDSTILL_NANOS
          || (ticks.stolen() >= STOLEN_TICKS && ticks.stolen() >= STOLEN * ticks.all());
    }

    @Override
    public String toString() {
      return String.format(
          "the machine stood still for %d ms, and others had %d of %d ticks of its processors",
          nanos / 1_000_000, ticks.stolen(), ticks.all());
    }
  }
}
