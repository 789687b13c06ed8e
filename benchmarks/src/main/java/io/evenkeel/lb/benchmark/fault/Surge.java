package io.evenkeel.lb.benchmark.fault;

import static io.evenkeel.lb.benchmark.fault.Deaths.millis;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.testkit.rig.LoadResult;
import io.evenkeel.lb.testkit.rig.OpenLoopLoad;
import io.evenkeel.lb.testkit.rig.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntConsumer;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Six tenths of what servers can do, twice as much as they can for some seconds, and six tenths
 * again. The six tenths go on all the while; what makes up the rest is a load beside them.
 */
final class Surge {
  /** How many requests each server works on at a time; others wait in its queue. */
  static final int WORKERS = 2;

  private static final double CALM_SHARE = 0.6;
  private static final double OVERLOAD = 2;
  private static final Duration STEP = Duration.ofMillis(500);

  private static final int MOST_THREADS = 4096;

  /** A window is normal if its p99 is above the quiet one by no more than this. */
  private static final double ROOM_MILLIS = 50;

  private static final int THREADS_OF_A_SERVER = 4 * WORKERS;

  /** For how long capacity is measured. */
  private static final int STEPS = 16;

  private final double capacity;
  private final Phases phases;
  private final OpenLoopLoad.Sender sender;
  private final Queue<Ended> log = new ConcurrentLinkedQueue<>();
  private final AtomicLong first = new AtomicLong();

  private record Ended(long begun, long ended, boolean failed) {}

  /** How long each part lasts. */
  record Phases(Duration calm, Duration surge, Duration after) {
    static Phases of(Pace pace) {
      Duration surge = Duration.ofSeconds(pace.quick() ? 5 : 15);
      return new Phases(Duration.ofSeconds(4), surge, Duration.ofSeconds(8));
    }
  }

  private Surge(Phases phases, double capacity, OpenLoopLoad.Sender sender) {
    this.phases = phases;
    this.capacity = capacity;
    this.sender = sender;
  }

  /**
   * How many requests a second servers can do: measured, since a service time is no capacity.
   * Several threads for each server call it again and again; the best half second counts, so that a
   * machine that stood still does not make an overload of less. Makes the servers warm, too.
   *
   * @param direct calls the server of a number, and waits for its answer
   */
  static double capacity(int servers, IntConsumer direct) throws InterruptedException {
    AtomicIntegerArray done = new AtomicIntegerArray(STEPS);
    AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    long begin = System.nanoTime();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < servers * THREADS_OF_A_SERVER; i++) {
      int server = i % servers;
      Thread thread =
          new Thread(
              () -> {
                try {
                  saturate(() -> direct.accept(server), begin, done);
                } catch (RuntimeException e) {
                  failure.set(e);
                }
              },
              "saturate-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    RuntimeException thrown = failure.get();
    if (thrown != null) {
      throw new IllegalStateException("a server did not answer", thrown);
    }
    int best = IntStream.range(0, STEPS).map(done::get).max().orElse(0);
    return best / (STEP.toNanos() / 1e9);
  }

  private static void saturate(Runnable call, long begin, AtomicIntegerArray done) {
    for (int step = 0; step < STEPS; ) {
      call.run();
      step = (int) ((System.nanoTime() - begin) / STEP.toNanos());
      if (step < STEPS) {
        done.incrementAndGet(step);
      }
    }
  }

  /**
   * Runs it.
   *
   * @param capacity requests a second
   */
  static Verdict.Figures run(Phases phases, double capacity, OpenLoopLoad.Sender sender)
      throws InterruptedException {
    return new Surge(phases, capacity, sender).run();
  }

  private Verdict.Figures run() throws InterruptedException {
    AtomicLong stepped = new AtomicLong();
    OpenLoopLoad more = load(OVERLOAD - CALM_SHARE, phases.surge()).build();
    LongAdder starved = new LongAdder();
    LoadResult base =
        load(CALM_SHARE, phases.calm().plus(phases.surge()).plus(phases.after()))
            .at(
                phases.calm(),
                "surge",
                () -> {
                  stepped.set(System.nanoTime());
                  starved.add(more.run(this::sendOfSurge).starved());
                })
            .build()
            .run(this::send);
    long start = stepped.get() - base.mark("surge").begun().toNanos();
    Duration over = Duration.ofNanos(first.get() - start).plus(phases.surge());
    double quiet = p99(base.between(phases.calm().dividedBy(4), phases.calm()));
    double goodput = perSecond(Ended::ended, false);
    double offered = perSecond(Ended::begun, true);
    LoadResult after = base.between(over.plusSeconds(2), over.plus(phases.after()));
    return new Verdict.Figures()
        .atMost(0.1, "capacityLost", 1 - goodput / capacity)
        .atMost(2, "secondsUntilNormal", secondsUntilNormal(base, over, quiet))
        // Or else it was no overload.
        .atMost(0.1, "loadMissing", 1 - offered / (OVERLOAD * capacity))
        .add("goodputPerSecond", goodput)
        .add("capacityPerSecond", capacity)
        .add("offeredPerSecond", offered)
        .add("p99MillisBefore", quiet)
        .add("p99MillisOfGoodput", p99OfGoodput())
        .add("p99MillisAfter2s", p99(after))
        .add("failedAfter2s", after.failures())
        .add("starved", base.starved() + starved.intValue());
  }

  /** With threads for all requests that can be in flight until their deadline, and some more. */
  private OpenLoopLoad.Builder load(double share, Duration time) {
    double rate = share * capacity;
    int threads = (int) Math.ceil(1.25 * rate * Faults.DEADLINE.toNanos() / 1e9);
    return OpenLoopLoad.builder(rate).duration(time).threads(Math.min(MOST_THREADS, threads));
  }

  private Reply sendOfSurge(long number) {
    first.compareAndSet(0, System.nanoTime());
    return send(number);
  }

  private Reply send(long number) {
    long begun = System.nanoTime();
    Reply reply = sender.send(number);
    log.add(new Ended(begun, System.nanoTime(), reply.outcome() != Outcome.SUCCESS));
    return reply;
  }

  /** Within the overload. */
  private boolean during(long time) {
    return time - first.get() >= 0 && time - first.get() < phases.surge().toNanos();
  }

  private double perSecond(ToLongFunction<Ended> time, boolean all) {
    long count =
        log.stream()
            .filter(each -> (all || !each.failed()) && during(time.applyAsLong(each)))
            .count();
    return count / (phases.surge().toNanos() / (double) SECONDS.toNanos(1));
  }

  /** From when a request began, since in an overload the client may be what is late. */
  private double p99OfGoodput() {
    long[] latencies =
        log.stream()
            .filter(each -> !each.failed() && during(each.ended()))
            .mapToLong(each -> each.ended() - each.begun())
            .sorted()
            .toArray();
    return latencies.length == 0 ? Double.NaN : millis(latencies[latencies.length * 99 / 100]);
  }

  /** Until the end of the last half second in which more than 5 % failed or p99 was too high. */
  private double secondsUntilNormal(LoadResult base, Duration over, double quiet) {
    double seconds = 0;
    for (int i = 0; STEP.multipliedBy(i + 1).compareTo(phases.after()) <= 0; i++) {
      Duration from = over.plus(STEP.multipliedBy(i));
      LoadResult part = base.between(from, from.plus(STEP));
      if (part.failures() > 0.05 * part.count() || p99(part) > quiet + ROOM_MILLIS) {
        seconds = (i + 1) * STEP.toMillis() / 1e3;
      }
    }
    return seconds;
  }

  private static double p99(LoadResult result) {
    return millis(result.quantile(0.99).toNanos());
  }
}
