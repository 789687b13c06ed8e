package io.evenkeel.example;

import io.evenkeel.example.Figures.Change;
import io.evenkeel.example.Figures.Mark;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.failover.gate.Breakers;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.health.HealthState;
import io.evenkeel.lb.health.HealthTransition;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One run: traffic through one strategy, while faults are done to the servers. */
final class Trial {
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final double MIN_SLICE_SECONDS = 0.5;
  private static final int SLICES = 60;

  private final Settings settings;
  private final Stage stage;
  private final List<Fault> faults;
  private final int warmUpSeconds;
  private final Screen screen;
  private final CountDownLatch stop;

  /**
   * @param warmUpSeconds how long requests are sent before those that count
   * @param stop ends a run early; the figures are then of what ran
   */
  Trial(
      Settings settings,
      Stage stage,
      List<Fault> faults,
      int warmUpSeconds,
      Screen screen,
      CountDownLatch stop) {
    this.settings = settings;
    this.stage = stage;
    this.faults = faults;
    this.warmUpSeconds = warmUpSeconds;
    this.screen = screen;
    this.stop = stop;
  }

  /**
   * Runs to the end, and until the last request has ended.
   *
   * @param health how the servers are judged; null for not at all, and for no failover
   * @throws IOException if a fault could not be done
   */
  Figures run(String name, Strategy strategy, @Nullable Health health)
      throws IOException, InterruptedException {
    List<String> ids = stage.endpoints().stream().map(Endpoint::id).toList();
    warmUp(ids, health == null ? null : new CallTally());
    ExecutorService threads = Executors.newFixedThreadPool(2, Trial::daemon);
    CallTally calls = health == null ? null : new CallTally();
    try (Balancer balancer = balancer(strategy, health);
        Traffic traffic = Traffic.through(balancer, calls)) {
      Ledger ledger = new Ledger(ids);
      long start = System.nanoTime();
      if (health != null) {
        health.registry().listen(each -> note(ledger, each, start));
      }
      Arrivals arrivals = new Arrivals(settings.rate(), settings.seconds(), settings.seed());
      OpenLoop load = new OpenLoop(arrivals, traffic, ledger, start, stop);
      Future<?> sending = threads.submit(load);
      Future<?> faulting = threads.submit(() -> play(ledger, start));
      View view = new View(name, strategy, balancer, health, ledger);
      Punctuality punctuality = Punctuality.watch(start, ledger::delay);
      double seconds;
      try {
        seconds = watch(view, load, sending, start);
      } finally {
        punctuality.end();
      }
      sending.get();
      faulting.get();
      return ledger.figures(name, seconds, calls == null ? null : calls.calls());
    } catch (ExecutionException e) {
      throw new IOException("the run broke off: " + e.getCause(), e);
    } finally {
      threads.shutdownNow();
    }
  }

  /**
   * Loads and compiles classes here and in the servers, with traffic that is not counted. A
   * balancer of its own learns from it, so that the one to be measured does not take the latency of
   * a cold JVM for that of a server.
   */
  private void warmUp(List<String> ids, @Nullable CallTally calls) throws InterruptedException {
    screen.say("warming up for " + warmUpSeconds + " s, not counted");
    Arrivals arrivals = new Arrivals(settings.rate(), warmUpSeconds, ~settings.seed());
    try (Balancer balancer = balancer(Strategies.of(Strategies.BASELINE), null);
        Traffic traffic = Traffic.through(balancer, calls)) {
      OpenLoop load = new OpenLoop(arrivals, traffic, new Ledger(ids), System.nanoTime(), stop);
      load.run();
      awaitIdle(load);
    }
  }

  private Balancer balancer(Strategy strategy, @Nullable Health health) {
    BalancerBuilder builder = Balancer.builder("demo").source(stage.source()).strategy(strategy);
    return health == null ? builder.build() : builder.health(health, Breakers.ofDefaults()).build();
  }

  private static void note(Ledger ledger, HealthTransition transition, long start) {
    HealthState to = transition.to();
    if (to != null && to != transition.from()) {
      ledger.change(new Change(since(start), transition.endpoint().id(), to, transition.why()));
    }
  }

  /** Does the faults when they are due. */
  private @Nullable Void play(Ledger ledger, long start) throws IOException, InterruptedException {
    for (Fault fault : faults) {
      long due = start + (long) (fault.at() * settings.seconds() * SECOND);
      if (stop.await(due - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        break;
      }
      stage.apply(fault);
      String endpoint = stage.endpoints().get(fault.server()).id();
      ledger.mark(new Mark(since(start), endpoint, fault.kind()));
    }
    return null;
  }

  /** Keeps the books and the screen up to date; returns how many seconds requests were sent. */
  private double watch(View view, OpenLoop load, Future<?> sending, long start)
      throws InterruptedException {
    double sliceSeconds = Math.max(MIN_SLICE_SECONDS, (double) settings.seconds() / SLICES);
    double sliceEnd = sliceSeconds;
    Ledger ledger = view.ledger();
    for (long tick = 1; !ended(sending, start + tick * TICK); tick++) {
      double now = since(start);
      ledger.tick();
      // The last slice takes in the rest, since one of few requests would say little.
      if (now >= sliceEnd && now <= settings.seconds() - sliceSeconds / 2) {
        ledger.endSlice(now);
        sliceEnd += sliceSeconds;
      }
      screen.draw(view, now, settings.seconds());
    }
    double seconds =
        stop.getCount() > 0 ? settings.seconds() : Math.min(since(start), settings.seconds());
    awaitIdle(load);
    ledger.tick();
    ledger.endSlice(seconds);
    screen.draw(view, seconds, settings.seconds());
    screen.finish();
    return seconds;
  }

  /** Waits for the end of the sending until some moment. */
  private static boolean ended(Future<?> sending, long moment) throws InterruptedException {
    try {
      sending.get(Math.max(0, moment - System.nanoTime()), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true; // whoever asks for the result gets it
    }
  }

  /** Each request has a time limit, so this ends. */
  static void awaitIdle(OpenLoop load) throws InterruptedException {
    while (load.inFlight() > 0) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  private static double since(long start) {
    return (double) (System.nanoTime() - start) / SECOND;
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "demo");
    thread.setDaemon(true);
    return thread;
  }
}
