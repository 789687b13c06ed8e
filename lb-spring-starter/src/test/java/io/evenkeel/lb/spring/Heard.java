package io.evenkeel.lb.spring;

import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** A subscriber that notes what it hears, on the thread of its test. */
final class Heard implements Flow.Subscriber<EndpointSet> {
  final List<EndpointSet> sets = new ArrayList<>();
  final List<Throwable> errors = new ArrayList<>();
  private Flow.@Nullable Subscription subscription;

  /** Subscribes and requests so many. */
  static Heard of(EndpointSource source, long count) {
    Heard heard = new Heard();
    source.snapshots().subscribe(heard);
    if (count > 0) {
      heard.request(count);
    }
    return heard;
  }

  void request(long count) {
    Objects.requireNonNull(subscription).request(count);
  }

  void cancel() {
    Objects.requireNonNull(subscription).cancel();
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription = subscription;
  }

  @Override
  public void onNext(EndpointSet set) {
    sets.add(set);
  }

  @Override
  public void onError(Throwable thrown) {
    errors.add(thrown);
  }

  @Override
  public void onComplete() {
    throw new IllegalStateException("complete");
  }
}
