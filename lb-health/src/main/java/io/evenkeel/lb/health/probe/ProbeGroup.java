package io.evenkeel.lb.health.probe;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of all probes. It starts with the first of them and lasts as long as the JVM;
 * where it could not start, such as for want of descriptors, the next probe tries again. So it is
 * no static field that is there or never. Thread-safe.
 */
final class ProbeGroup {
  static final ProbeGroup SHARED = new ProbeGroup(ProbeGroup::daemon);

  private final Starter starter;
  private final AtomicReference<@Nullable AsynchronousChannelGroup> started =
      new AtomicReference<>();

  ProbeGroup(Starter starter) {
    this.starter = starter;
  }

  /** Starts a group. */
  @FunctionalInterface
  interface Starter {
    AsynchronousChannelGroup start() throws IOException;
  }

  /**
   * The group.
   *
   * @throws IOException if it could not start
   */
  AsynchronousChannelGroup get() throws IOException {
    AsynchronousChannelGroup group = started.get();
    if (group != null) {
      return group;
    }
    AsynchronousChannelGroup mine = starter.start();
    if (started.compareAndSet(null, mine)) {
      return mine;
    }
    mine.shutdown();
    return requireNonNull(started.get());
  }

  private static AsynchronousChannelGroup daemon() throws IOException {
    return AsynchronousChannelGroup.withFixedThreadPool(
        1,
        task -> {
          Thread thread = new Thread(task, "evenkeel-probe");
          thread.setDaemon(true);
          return thread;
        });
  }
}
