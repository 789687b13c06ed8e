package io.evenkeel.lb.testkit.rig;

import static io.evenkeel.lb.testkit.rig.Expect.expect;
import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What came of an {@link OpenLoopLoad}: every request, and questions about them. All times are from
 * the start of the load. Immutable; {@link #toString} is a summary to read.
 */
public final class LoadResult {
  /** How wide the slices of a {@link #timeline} are. */
  public static final Duration SLICE = Duration.ofMillis(10);

  private final List<Request> requests;
  private final int unfinished;
  private final int starved;
  private final Map<String, Mark> marks;

  /**
   * @param requests that have ended
   */
  LoadResult(List<Request> requests, int unfinished, int starved, Map<String, Mark> marks) {
    this.requests = List.copyOf(requests);
    this.unfinished = unfinished;
    this.starved = starved;
    this.marks = Map.copyOf(marks);
  }

  /**
   * A request that has ended. Times are in nanoseconds.
   *
   * @param number from 0, in the order in which they were due
   * @param due when it should have begun
   * @param begun when it began
   * @param ended when it ended
   * @param endpoint where it went
   * @param outcome how it ended
   * @param why it ended so, as {@link Reply#why} says
   */
  public record Request(
      long number, long due, long begun, long ended, String endpoint, Outcome outcome, String why) {
    /** Whether this is a failure of the request: anything but a success. */
    public boolean failed() {
      return outcome != Outcome.SUCCESS;
    }

    /** Such as {@code 4711 from 1203.4 ms until 1453.9 ms, a TIMEOUT: connection reset}. */
    @Override
    public String toString() {
      String head =
          String.format(
              Locale.ROOT,
              "%d from %.1f ms until %.1f ms, %s %s",
              number,
              begun / 1e6,
              ended / 1e6,
              endpoint,
              outcome);
      return why.isEmpty() ? head : head + ": " + why;
    }
  }

  /**
   * When a step was done.
   *
   * @param begun when it began
   * @param done when it was done
   */
  public record Mark(Duration begun, Duration done) {}

  /**
   * What happened within {@link #SLICE}, by endpoint; endpoints without any are left out.
   *
   * @param from when it begins
   * @param begun how many requests began
   * @param ended how many requests ended
   * @param failed how many requests ended otherwise than in success
   */
  public record Slice(
      Duration from,
      Map<String, Integer> begun,
      Map<String, Integer> ended,
      Map<String, Integer> failed) {}

  /** The requests that have ended, in the order in which they were due. */
  public List<Request> requests() {
    return requests;
  }

  /** How many requests have ended. */
  public int count() {
    return requests.size();
  }

  /** How many requests have ended like this. */
  public int count(Outcome outcome) {
    return count(request -> request.outcome() == outcome);
  }

  /** How many requests went to this endpoint. */
  public int count(String endpoint) {
    return count(request -> request.endpoint().equals(endpoint));
  }

  /** How many requests went to this endpoint and ended like this. */
  public int count(String endpoint, Outcome outcome) {
    return count(request -> request.endpoint().equals(endpoint) && request.outcome() == outcome);
  }

  /** How many requests ended otherwise than in success. */
  public int failures() {
    return count(Request::failed);
  }

  /** How many requests to this endpoint ended otherwise than in success. */
  public int failures(String endpoint) {
    return count(request -> request.endpoint().equals(endpoint) && request.failed());
  }

  /**
   * How many requests there are of each outcome and endpoint; outcomes without any are left out.
   */
  public Map<String, Map<Outcome, Integer>> counts() {
    Map<String, Map<Outcome, Integer>> counts = new TreeMap<>();
    for (Request request : requests) {
      counts
          .computeIfAbsent(request.endpoint(), endpoint -> new EnumMap<>(Outcome.class))
          .merge(request.outcome(), 1, Integer::sum);
    }
    return counts;
  }

  /** The endpoint's share of all requests, from 0 to 1; 0 if there are none. */
  public double share(String endpoint) {
    return requests.isEmpty() ? 0 : (double) count(endpoint) / requests.size();
  }

  /** How many requests have not ended, in the whole run. */
  public int unfinished() {
    return unfinished;
  }

  /**
   * How many requests began late because every thread was waiting for an answer, in the whole run.
   * A machine that is busy can be the cause of a few; many mean that the load had too few threads,
   * and was less than was asked for.
   */
  public int starved() {
    return starved;
  }

  /**
   * The time within which this share of the requests ended, from when each was due; failed ones
   * count, since leaving them out would hide every timeout. Zero if there are none.
   *
   * @param share from 0 to 1
   */
  public Duration quantile(double share) {
    expect(share >= 0 && share <= 1, "share", share, "0.0..1.0");
    if (requests.isEmpty()) {
      return Duration.ZERO;
    }
    long[] latencies = requests.stream().mapToLong(each -> each.ended() - each.due()).toArray();
    Arrays.sort(latencies);
    int rank = (int) Math.ceil(share * latencies.length);
    return Duration.ofNanos(latencies[Math.max(0, rank - 1)]);
  }

  /** When the last request began at this endpoint; empty if none did. */
  public Optional<Duration> lastBegun(String endpoint) {
    return requests.stream()
        .filter(request -> request.endpoint().equals(endpoint))
        .max(Comparator.comparingLong(Request::begun))
        .map(request -> Duration.ofNanos(request.begun()));
  }

  /**
   * When a step was done.
   *
   * @throws IllegalArgumentException if there is no such step, or it was not done
   */
  public Mark mark(String step) {
    Mark mark = marks.get(step);
    expect(mark != null, "step", step, "one of " + marks.keySet());
    return requireNonNull(mark);
  }

  /**
   * The same for the requests alone that began in this time: from one time until before another.
   */
  public LoadResult between(Duration from, Duration to) {
    long least = from.toNanos();
    long most = to.toNanos();
    return new LoadResult(
        requests.stream()
            .filter(request -> request.begun() >= least && request.begun() < most)
            .toList(),
        unfinished,
        starved,
        marks);
  }

  /**
   * The same for the requests alone that began after a step was done.
   *
   * @throws IllegalArgumentException as {@link #mark} does
   */
  public LoadResult after(String step) {
    return between(mark(step).done(), Duration.ofDays(1000));
  }

  /** What happened, slice by slice, from the start until the last request ended. */
  public List<Slice> timeline() {
    long width = SLICE.toNanos();
    long end = requests.stream().mapToLong(Request::ended).max().orElse(-1);
    List<Slice> slices = new ArrayList<>();
    for (long from = 0; from <= end; from += width) {
      slices.add(
          new Slice(Duration.ofNanos(from), new TreeMap<>(), new TreeMap<>(), new TreeMap<>()));
    }
    for (Request request : requests) {
      String endpoint = request.endpoint();
      Slice ended = slices.get((int) (request.ended() / width));
      slices.get((int) (request.begun() / width)).begun().merge(endpoint, 1, Integer::sum);
      ended.ended().merge(endpoint, 1, Integer::sum);
      if (request.failed()) {
        ended.failed().merge(endpoint, 1, Integer::sum);
      }
    }
    return slices;
  }

  private int count(Predicate<Request> counted) {
    return (int) requests.stream().filter(counted).count();
  }

  @Override
  public String toString() {
    return "LoadResult["
        + count()
        + " ended, "
        + failures()
        + " failed, "
        + unfinished
        + " unfinished, "
        + starved
        + " starved, p50 "
        + quantile(0.5)
        + ", p99.9 "
        + quantile(0.999)
        + ", "
        + counts()
        + "]";
  }
}
