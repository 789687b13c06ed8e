package io.evenkeel.example;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends requests when they are due, whether or not those before them were answered: users do not
 * wait for each other. Latency counts from when a request was due, so that a wait inside this
 * program is not hidden (G. Tene, "coordinated omission").
 *
 * <p>At most {@link #MAX_IN_FLIGHT} wait for an answer; a request beyond that fails at once, and is
 * counted as such.
 */
final class OpenLoop implements Runnable {
  static final int MAX_IN_FLIGHT = 2000;

  private final Arrivals arrivals;
  private final Sender sender;
  private final Ledger ledger;
  private final long start;
  private final CountDownLatch stop;
  private final AtomicInteger inFlight = new AtomicInteger();

  /** Sends a request and sees to it that it ends, once, on any thread. Does not wait for that. */
  @FunctionalInterface
  interface Sender {
    void send(Due request);
  }

  /**
   * @param start when it starts, by {@link System#nanoTime}
   * @param stop ends it early
   */
  OpenLoop(Arrivals arrivals, Sender sender, Ledger ledger, long start, CountDownLatch stop) {
    this.arrivals = arrivals;
    this.sender = sender;
    this.ledger = ledger;
    this.start = start;
    this.stop = stop;
  }

  /** Sends until the arrivals end or it is stopped. Requests may be in flight when it returns. */
  @Override
  public void run() {
    try {
      for (long at = arrivals.next(); at != Arrivals.END; at = arrivals.next()) {
        if (stop.await(start + at - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          return;
        }
        if (inFlight.get() >= MAX_IN_FLIGHT) {
          ledger.overflowed();
        } else {
          inFlight.incrementAndGet();
          sender.send(new Due(start + at));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Requests that have not ended. */
  int inFlight() {
    return inFlight.get();
  }

  /** A request that was due. To be ended once. */
  final class Due {
    private final long dueAt;

    private Due(long dueAt) {
      this.dueAt = dueAt;
    }

    /** It was answered by this endpoint. */
    void succeeded(String endpoint) {
      ledger.succeeded(endpoint, System.nanoTime() - dueAt);
      inFlight.decrementAndGet();
    }

    /** It went to this endpoint and failed. */
    void failed(String endpoint) {
      ledger.failed(endpoint);
      inFlight.decrementAndGet();
    }

    /** It failed before it went anywhere. */
    void failed() {
      ledger.failed();
      inFlight.decrementAndGet();
    }
  }
}
