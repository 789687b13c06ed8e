package io.evenkeel.lb.source;

import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Scheduler;
import java.util.concurrent.Callable;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The polls for one subscriber: {@link #ask} on the timer's thread, {@link #poll} where it may
 * block, then {@link #drain}, then a pause.
 *
 * <p>Answers, demand and failure are notes that any thread may leave; {@code pending} lets one
 * thread at a time work them off, so that signals come one at a time. Of several answers that
 * nobody has requested yet, only the latest is kept. Once {@code ended} is set nothing is
 * signalled: a poll that is under way finishes unheard.
 */
final class Polls implements Flow.Subscription {
  private final Pace pace;
  private final Callable<EndpointSet> question;
  private final Flow.Subscriber<? super EndpointSet> subscriber;

  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicLong demand = new AtomicLong();
  private final AtomicReference<@Nullable EndpointSet> answer = new AtomicReference<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean ended;
  private volatile Scheduler.@Nullable Scheduled next;

  /** Used inside {@link #drain} alone. */
  private @Nullable EndpointSet published;

  Polls(
      Pace pace, Callable<EndpointSet> question, Flow.Subscriber<? super EndpointSet> subscriber) {
    this.pace = pace;
    this.question = question;
    this.subscriber = subscriber;
  }

  void start() {
    subscriber.onSubscribe(this);
    ask();
  }

  @Override
  public void request(long n) {
    if (n <= 0) {
      fail(new IllegalArgumentException("request: " + n + " (expected: > 0)"));
      return;
    }
    demand.accumulateAndGet(n, (held, more) -> held + more < 0 ? Long.MAX_VALUE : held + more);
    drain();
  }

  @Override
  public void cancel() {
    ended = true;
    Scheduler.Scheduled scheduled = next;
    if (scheduled != null) {
      scheduled.cancel();
    }
  }

  private void ask() {
    if (ended) {
      return;
    }
    try {
      pace.scheduler().execute(this::poll);
    } catch (Throwable t) {
      // Nobody would ask again, and nobody would know.
      fail(t);
    }
  }

  private void poll() {
    if (ended) {
      return;
    }
    EndpointSet set;
    try {
      set = question.call();
      if (set == null) {
        throw new NullPointerException("answer: null (expected: a set of endpoints)");
      }
    } catch (Throwable t) {
      fail(t);
      return;
    }
    answer.set(set);
    drain();
    pause();
  }

  private void pause() {
    if (ended) {
      return;
    }
    Scheduler.Scheduled scheduled;
    try {
      scheduled = pace.scheduler().schedule(this::ask, pace.pauseNanos());
    } catch (Throwable t) {
      fail(t);
      return;
    }
    next = scheduled;
    if (ended) {
      scheduled.cancel();
    }
  }

  private void fail(Throwable cause) {
    failure.compareAndSet(null, cause);
    drain();
  }

  private void drain() {
    if (pending.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      deliver();
      giveUp();
      seen = pending.addAndGet(-seen);
    } while (seen != 0);
  }

  private void deliver() {
    if (ended || demand.get() == 0) {
      return;
    }
    EndpointSet set = answer.getAndSet(null);
    if (set == null || set.equals(published)) {
      return;
    }
    published = set;
    demand.updateAndGet(held -> held == Long.MAX_VALUE ? held : held - 1);
    try {
      subscriber.onNext(set);
    } catch (Throwable t) {
      // It broke its contract and hears no more; whoever runs this reports what it threw.
      cancel();
      throw t;
    }
  }

  private void giveUp() {
    Throwable cause = failure.get();
    if (cause != null && !ended) {
      cancel();
      subscriber.onError(cause);
    }
  }
}
