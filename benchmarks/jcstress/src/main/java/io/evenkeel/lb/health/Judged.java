package io.evenkeel.lb.health;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Nodes under judgement that are cheap enough to be made anew for each of millions of trials. */
final class Judged {
  private static final Health HEALTH = Health.ofDefaults();
  private static final Monitor MONITOR =
      new Monitor(HEALTH, new Still(), HealthRegistry.create(1, () -> 0));
  private static final Node NODE = node();

  private Judged() {}

  /** A node of which nothing is known; what its monitor is asked to do is never done. */
  static Subject subject() {
    Subject subject = new Subject(MONITOR, NODE, HEALTH, 0);
    subject.drop(Tally.ASLEEP);
    return subject;
  }

  /** A node on probation. */
  static Subject onProbation() {
    Subject subject = subject();
    subject.gate(true);
    return subject;
  }

  /** A request that began at some moment is cancelled at some later one. */
  static void cancel(Subject subject, long begun) {
    subject.record(Outcome.CANCELLED, 100 - begun, 100);
  }

  static void fail(Subject subject) {
    subject.failure(Outcome.FAILURE);
  }

  private static Node node() {
    try (Balancer balancer =
        Balancer.builder("judged").source(EndpointSource.of(Endpoint.of("10.0.0.1", 1))).build()) {
      return balancer
          .ready(Duration.ofSeconds(10))
          .thenApply(ready -> balancer.nodes().get(0))
          .toCompletableFuture()
          .join();
    }
  }

  /** A balancer's side, where time stands still and no task is run. */
  private static final class Still implements HealthContext, Scheduler {
    private final RandomGenerator random = new SplittableRandom(42);

    @Override
    public String balancer() {
      return "judged";
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
}
