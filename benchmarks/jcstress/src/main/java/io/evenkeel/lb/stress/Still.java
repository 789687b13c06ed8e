package io.evenkeel.lb.stress;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** A balancer's side of its health, where time stands still and no task is run. */
public final class Still implements HealthContext, Scheduler {
  private final RandomGenerator random = new SplittableRandom(42);

  /** A node of a balancer that is closed. */
  public static Node node() {
    try (Balancer balancer =
        Balancer.builder("still").source(EndpointSource.of(Endpoint.of("10.0.0.1", 1))).build()) {
      return balancer
          .ready(Duration.ofSeconds(10))
          .thenApply(ready -> balancer.nodes().get(0))
          .toCompletableFuture()
          .join();
    }
  }

  @Override
  public String balancer() {
    return "still";
  }

  @Override
  public Ticker ticker() {
    return () -> 0;
  }

  @Override
  public Scheduler scheduler() {
    return this;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public void changed() {}

  @Override
  public void report(Throwable thrown) {}

  @Override
  public Scheduled schedule(Runnable task, long delayNanos) {
    return () -> {};
  }

  @Override
  public void execute(Runnable task) {}
}
