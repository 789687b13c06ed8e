package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Keeps what a balancer tells: every attempt, and how often it panicked. Thread-safe. */
final class AttemptLog implements BalancerListener {
  /** The last attempt that ended on a thread: the one of the call that the thread has made. */
  private static final ThreadLocal<@Nullable Attempt> LAST = new ThreadLocal<>();

  private final Queue<Attempt> attempts = new ConcurrentLinkedQueue<>();
  private final AtomicInteger panics = new AtomicInteger();

  @Override
  public void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {
    long now = System.nanoTime();
    Attempt attempt = new Attempt(endpoint.id(), outcome, now - latencyNanos, now);
    attempts.add(attempt);
    LAST.set(attempt);
  }

  @Override
  public void onEvent(BalancerEvent event) {
    if (event instanceof BalancerEvent.PanicChanged change && change.panic()) {
      panics.incrementAndGet();
    }
  }

  /** The last attempt that ended on this thread since it was asked before; null if none did. */
  static @Nullable Attempt takeLast() {
    Attempt attempt = LAST.get();
    LAST.remove();
    return attempt;
  }

  int panics() {
    return panics.get();
  }

  void clear() {
    attempts.clear();
    panics.set(0);
  }

  /** What has ended until now. */
  Attempts attempts() {
    return new Attempts(new ArrayList<>(attempts));
  }

  @Override
  public String toString() {
    return "AttemptLog[" + attempts.size() + "]";
  }

  /** Attempts, and questions about them. Immutable. */
  record Attempts(List<Attempt> all) {
    /** Those that began in this time: from one time until before another. */
    Attempts between(long from, long to) {
      return new Attempts(
          all.stream()
              .filter(attempt -> attempt.begun() - from >= 0 && attempt.begun() - to < 0)
              .toList());
    }

    Attempts after(long from) {
      return between(from, from + Long.MAX_VALUE / 2);
    }

    /** Those that were under way at a time. */
    Attempts during(long time) {
      return new Attempts(
          all.stream()
              .filter(attempt -> attempt.begun() - time < 0 && attempt.ended() - time >= 0)
              .toList());
    }

    Attempts at(String endpoint) {
      return new Attempts(
          all.stream().filter(attempt -> attempt.endpoint().equals(endpoint)).toList());
    }

    Attempts failed() {
      return new Attempts(all.stream().filter(attempt -> attempt.outcome().isFailure()).toList());
    }

    Attempts ended(Outcome outcome) {
      return new Attempts(all.stream().filter(attempt -> attempt.outcome() == outcome).toList());
    }

    int count() {
      return all.size();
    }

    /** The endpoint's share, from 0 to 1; 0 if there are none. */
    double share(String endpoint) {
      return all.isEmpty() ? 0 : (double) at(endpoint).count() / all.size();
    }

    /** How long after a time the last one began, in nanoseconds; 0 if none did. */
    long lastBegunAfter(long time) {
      return all.stream()
          .mapToLong(attempt -> attempt.begun() - time)
          .map(each -> Math.max(0, each))
          .max()
          .orElse(0);
    }

    /**
     * The endpoint's shares in spans of time, one after another, as far as they are whole.
     *
     * @param from when the first begins
     * @param to when the last ends, at the latest
     * @param width of each
     * @param step from the beginning of one to that of the next
     */
    double[] shares(String endpoint, long from, long to, long width, long step) {
      int count = (int) Math.max(0, (to - from - width) / step + 1);
      double[] shares = new double[count];
      for (int i = 0; i < count; i++) {
        long begin = from + i * step;
        shares[i] = between(begin, begin + width).share(endpoint);
      }
      return shares;
    }
  }
}
