package io.evenkeel.example;

import io.evenkeel.example.Figures.Change;
import io.evenkeel.example.Figures.Mark;
import io.evenkeel.example.Figures.OfEndpoint;
import io.evenkeel.example.Figures.Slice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Keeps the books of one run. Any thread may record; one thread at a time ticks and reads. */
final class Ledger {
  private final Map<String, Tally> tallies = new LinkedHashMap<>();
  private final Tally nowhere = new Tally();
  private final AtomicLong overflowed = new AtomicLong();
  private final List<Slice> slices = new ArrayList<>();
  private final List<Mark> marks = new CopyOnWriteArrayList<>();
  private final List<Change> changes = new CopyOnWriteArrayList<>();
  private final List<Punctuality.Delay> delays = new CopyOnWriteArrayList<>();
  private double sliceFrom;

  Ledger(List<String> ids) {
    ids.forEach(id -> tallies.put(id, new Tally()));
  }

  /**
   * A request got its answer.
   *
   * @param endpoint the id of where it went
   * @param latencyNanos since it was due
   */
  void succeeded(String endpoint, long latencyNanos) {
    tally(endpoint).succeeded(latencyNanos);
  }

  /** A request that went to an endpoint failed. */
  void failed(String endpoint) {
    tally(endpoint).failed();
  }

  /** A request failed before it went anywhere. */
  void failed() {
    nowhere.failed();
  }

  /** A request was given up at once, because too many were in flight. */
  void overflowed() {
    overflowed.incrementAndGet();
    nowhere.failed();
  }

  /** Something was done to a server. */
  void mark(Mark mark) {
    marks.add(mark);
  }

  /** The balancer has changed its mind about a server. */
  void change(Change change) {
    changes.add(change);
  }

  /** This process got no processor in time. */
  void delay(Punctuality.Delay delay) {
    delays.add(delay);
  }

  /** Makes what was recorded readable. */
  void tick() {
    tallies.values().forEach(Tally::collect);
    nowhere.collect();
  }

  /** Ends a slice, at this many seconds since the start. */
  void endSlice(double second) {
    Histogram together = Tally.histogram();
    tallies.values().forEach(tally -> together.add(tally.slice));
    slices.add(
        new Slice(
            sliceFrom,
            second,
            Tally.millis(together, 50),
            Tally.millis(together, 99),
            tallies.values().stream().map(Tally::requestsInSlice).toList(),
            failedInSlice()));
    tallies.values().forEach(Tally::endSlice);
    nowhere.endSlice();
    sliceFrom = second;
  }

  private long failedInSlice() {
    long failed = nowhere.failedInSlice;
    for (Tally tally : tallies.values()) {
      failed += tally.failedInSlice;
    }
    return failed;
  }

  /** What was recorded for an endpoint. */
  Tally tally(String endpoint) {
    Tally tally = tallies.get(endpoint);
    if (tally == null) {
      throw new IllegalArgumentException(
          "endpoint: " + endpoint + " (expected: one of " + tallies.keySet() + ")");
    }
    return tally;
  }

  /** What was done to the servers so far. */
  List<Mark> marks() {
    return marks;
  }

  /** The figures so far, as of the latest tick. */
  Figures figures(String strategy, double seconds, CallTally.@Nullable Calls calls) {
    Histogram all = Tally.histogram();
    long sent = 0;
    for (Tally tally : tallies.values()) {
      all.add(tally.all);
      sent += tally.requests();
    }
    List<OfEndpoint> endpoints = new ArrayList<>();
    long inAll = sent;
    tallies.forEach(
        (id, tally) ->
            endpoints.add(
                new OfEndpoint(
                    id,
                    tally.requests(),
                    tally.all.getTotalCount(),
                    inAll == 0 ? 0 : (double) tally.requests() / inAll,
                    Tally.millis(tally.all, 50),
                    Tally.millis(tally.all, 99))));
    return new Figures(
        strategy,
        seconds,
        sent + nowhere.failed,
        all.getTotalCount(),
        overflowed.get(),
        Tally.millis(all, 50),
        Tally.millis(all, 99),
        Tally.millis(all, 99.9),
        List.copyOf(endpoints),
        List.copyOf(slices),
        List.copyOf(marks),
        List.copyOf(changes),
        List.copyOf(delays),
        calls);
  }
}
