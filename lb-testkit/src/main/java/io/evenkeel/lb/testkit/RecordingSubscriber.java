package io.evenkeel.lb.testkit;

import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what a source signals, and what it must not do: signal twice at a time, or after the
 * end. Requests nothing by itself.
 */
final class RecordingSubscriber implements Flow.Subscriber<EndpointSet> {
  final List<EndpointSet> sets = new CopyOnWriteArrayList<>();
  final List<Throwable> errors = new CopyOnWriteArrayList<>();
  final List<String> breaches = new CopyOnWriteArrayList<>();

  /** What a signal takes its time with. */
  volatile Runnable busy = () -> {};

  private final AtomicInteger completions = new AtomicInteger();
  private final AtomicInteger inside = new AtomicInteger();
  private volatile Flow.@Nullable Subscription subscription;

  RecordingSubscriber(EndpointSource source) {
    source.snapshots().subscribe(this);
  }

  void request(long n) {
    subscription().request(n);
  }

  void cancel() {
    subscription().cancel();
  }

  int signals() {
    return sets.size() + errors.size() + completions.get();
  }

  private Flow.Subscription subscription() {
    Flow.Subscription held = subscription;
    if (held == null) {
      throw new AssertionError("subscribe returned without onSubscribe");
    }
    return held;
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    if (this.subscription != null) {
      breaches.add("onSubscribe twice");
    }
    this.subscription = subscription;
  }

  @Override
  public void onNext(EndpointSet set) {
    signalled("onNext", () -> sets.add(set));
  }

  @Override
  public void onError(Throwable cause) {
    signalled("onError", () -> errors.add(cause));
  }

  @Override
  public void onComplete() {
    signalled("onComplete", completions::incrementAndGet);
  }

  private void signalled(String signal, Runnable note) {
    if (inside.getAndIncrement() != 0) {
      breaches.add(signal + " while another signal is under way");
    }
    if (completions.get() + errors.size() > 0) {
      breaches.add(signal + " after the end");
    }
    note.run();
    busy.run();
    inside.decrementAndGet();
  }
}
