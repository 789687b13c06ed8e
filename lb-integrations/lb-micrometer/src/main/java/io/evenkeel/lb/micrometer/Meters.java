package io.evenkeel.lb.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Meters with tags in common, which leave together. Thread-safe. */
final class Meters {
  private final MeterRegistry registry;
  private final Tags tags;
  private final ReentrantLock changing = new ReentrantLock();

  // Under the lock.
  private final Set<Meter> registered = new HashSet<>();
  private final Set<Shown> gauges = new HashSet<>();
  private boolean closed;

  Meters(MeterRegistry registry, Tags tags) {
    this.registry = registry;
    this.tags = tags;
  }

  /** Others with one more tag; to be closed by themselves. */
  Meters with(String tag, String value) {
    return new Meters(registry, tags.and(tag, value));
  }

  /**
   * It holds on to what is measured. One that is there stays, and Micrometer has none to warn of.
   */
  <T> void gauge(String name, String what, T of, ToDoubleFunction<T> value, String... more) {
    Tags all = tags.and(more);
    changing.lock();
    try {
      if (!closed && gauges.add(new Shown(name, all))) {
        registered.add(
            Gauge.builder(name, of, value)
                .description(what)
                .tags(all)
                .strongReference(true)
                .register(registry));
      }
    } finally {
      changing.unlock();
    }
  }

  private record Shown(String name, Tags tags) {}

  /** Null when the others have left already. */
  @Nullable Timer timer(String name, String what, String... more) {
    return add(() -> Timer.builder(name).description(what).tags(tags.and(more)).register(registry));
  }

  /** Null when the others have left already. */
  @Nullable Counter counter(String name, String what, String... more) {
    return add(
        () -> Counter.builder(name).description(what).tags(tags.and(more)).register(registry));
  }

  private <M extends Meter> @Nullable M add(Supplier<M> maker) {
    changing.lock();
    try {
      if (closed) {
        return null;
      }
      M made = maker.get();
      registered.add(made);
      return made;
    } finally {
      changing.unlock();
    }
  }

  void close() {
    changing.lock();
    try {
      closed = true;
      registered.forEach(registry::remove);
      registered.clear();
    } finally {
      changing.unlock();
    }
  }
}
