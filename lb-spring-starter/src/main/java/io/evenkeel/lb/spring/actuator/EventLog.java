package io.evenkeel.lb.spring.actuator;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The last events of a service. Thread-safe; events are rare. */
final class EventLog {
  static final int SIZE = 200;

  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();

  // Under the lock.
  private final Deque<Entry> entries = new ArrayDeque<>();
  private long count;

  EventLog(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * Something that happened.
   *
   * @param number counts the events of a service from 1
   * @param kind in a word or two
   * @param endpoint the id of the endpoint that it happened to
   * @param text for people; safe to show
   */
  record Entry(long number, Instant at, String kind, @Nullable String endpoint, String text) {}

  void add(String kind, @Nullable String endpoint, String text) {
    lock.lock();
    try {
      if (entries.size() == SIZE) {
        entries.removeFirst();
      }
      entries.addLast(
          new Entry(
              ++count,
              clock.instant().truncatedTo(ChronoUnit.MILLIS),
              kind,
              endpoint == null ? null : Printed.line(endpoint),
              Printed.line(text)));
    } finally {
      lock.unlock();
    }
  }

  /** What is kept, the oldest first. */
  List<Entry> entries() {
    lock.lock();
    try {
      return List.copyOf(entries);
    } finally {
      lock.unlock();
    }
  }
}
