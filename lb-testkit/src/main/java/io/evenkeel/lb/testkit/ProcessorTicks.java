package io.evenkeel.lb.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringTokenizer;

/**
 * What Linux counts of all processors: by the man page of {@code /proc/stat}, in 1/100 s. Elsewhere
 * nothing is known, and all is 0.
 *
 * @param stolen what a hypervisor gave to others
 * @param all everything, idle time included
 */
public record ProcessorTicks(long stolen, long all) {
  private static final Path COUNTS = Path.of("/proc/stat");

  /** Fields of the line for all processors, after its name: user to steal. */
  private static final int FIELDS = 8;

  private static final double MOST_PERCENT = 5;

  /** Fewer may be one that was counted late. */
  private static final long LEAST = 5;

  /** Since the machine began. */
  public static ProcessorTicks read() {
    if (!Files.isReadable(COUNTS)) {
      return new ProcessorTicks(0, 0);
    }
    try {
      return of(Files.readString(COUNTS));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ProcessorTicks of(String counts) {
    long stolen = 0;
    long all = 0;
    StringTokenizer fields = new StringTokenizer(counts.lines().findFirst().orElse(""));
    for (int i = 0; i <= FIELDS && fields.hasMoreTokens(); i++) {
      String field = fields.nextToken();
      if (i > 0) {
        stolen = Long.parseLong(field);
        all += stolen;
      }
    }
    return new ProcessorTicks(stolen, all);
  }

  /** What was counted between two readings. */
  public ProcessorTicks since(ProcessorTicks before) {
    return new ProcessorTicks(stolen - before.stolen, all - before.all);
  }

  /** The part of the processors that others had, in percent. */
  public double stolenPercent() {
    return all == 0 ? 0 : 100.0 * stolen / all;
  }

  /** Whether others had so much, 5 %, that what was measured meanwhile says little. */
  public boolean areTakenAway() {
    return stolen >= LEAST && stolenPercent() >= MOST_PERCENT;
  }
}
