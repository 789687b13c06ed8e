package io.evenkeel.lb.health;

import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** What a check is given. */
record Checking(HealthContext context, Subject subject, Consumer<Verdict> verdicts)
    implements CheckContext {
  @Override
  public String balancer() {
    return context.balancer();
  }

  @Override
  public Node node() {
    return subject.node;
  }

  @Override
  public Ticker ticker() {
    return context.ticker();
  }

  @Override
  public Scheduler scheduler() {
    return context.scheduler();
  }

  @Override
  public RandomGenerator random() {
    return context.random();
  }

  @Override
  public long quietNanos() {
    long now = context.ticker().read();
    // A node that nobody has used yet was not quiet before it was there.
    return Math.min(subject.quietNanos(now), now - subject.joinedNanos);
  }

  @Override
  public void report(Verdict verdict) {
    verdicts.accept(verdict);
  }

  @Override
  public void failed(Throwable thrown) {
    context.report(thrown);
  }
}
