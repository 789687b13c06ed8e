package io.evenkeel.lb.testkit;

import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

/** The chance that contracts give to balancers. */
final class Chance {
  static final long SEED = 20_261_121;

  private Chance() {}

  /** The same each time; for one thread. */
  static RandomGenerator seeded() {
    return new SplittableRandom(SEED);
  }

  /** For any number of threads. */
  static RandomGenerator threads() {
    return () -> ThreadLocalRandom.current().nextLong();
  }

  /** Gives counters their start, and is good from then on. */
  static RandomGenerator startingAt(long first) {
    SplittableRandom rest = new SplittableRandom(first);
    AtomicBoolean begun = new AtomicBoolean();
    return () -> begun.getAndSet(true) ? rest.nextLong() : first;
  }

  /** Can be had again, by the thread that made it; others, such as of probes, get other numbers. */
  static final class Rewindable implements RandomGenerator {
    private final Thread owner = Thread.currentThread();
    long state = SEED;

    @Override
    public long nextLong() {
      if (Thread.currentThread() != owner) {
        return ThreadLocalRandom.current().nextLong();
      }
      return new SplittableRandom(state++).nextLong();
    }
  }
}
