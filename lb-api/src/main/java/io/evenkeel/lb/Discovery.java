package io.evenkeel.lb;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one subscription to a source: when the source fails it reports that and subscribes again,
 * after a pause that doubles from 1 to 60 seconds, less up to half of it at random.
 *
 * <p>Each attempt is an object of its own, and only the current one is listened to, so that signals
 * of a subscription that was given up change nothing.
 */
final class Discovery {
  private static final long FIRST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final EndpointSource source;
  private final Consumer<EndpointSet> sets;
  private final Faults faults;
  private final Scheduler scheduler;
  private final RandomGenerator random;

  private volatile @Nullable Attempt current;
  private volatile Scheduler.@Nullable Scheduled retry;
  private volatile boolean stopped;

  /** Written by the signals of the current attempt alone, which come one at a time. */
  private volatile long pauseNanos = FIRST_PAUSE_NANOS;

  Discovery(
      EndpointSource source,
      Consumer<EndpointSet> sets,
      Scheduler scheduler,
      RandomGenerator random,
      Faults faults) {
    this.source = source;
    this.sets = sets;
    this.scheduler = scheduler;
    this.random = random;
    this.faults = faults;
  }

  void start() {
    if (stopped) {
      return;
    }
    Attempt attempt = new Attempt();
    current = attempt;
    try {
      source.snapshots().subscribe(attempt);
    } catch (Throwable t) {
      attempt.cancel();
      attempt.onError(t);
    }
  }

  void stop() {
    stopped = true;
    Attempt attempt = current;
    current = null;
    if (attempt != null) {
      attempt.cancel();
    }
    Scheduler.Scheduled scheduled = retry;
    if (scheduled != null) {
      scheduled.cancel();
    }
  }

  private final class Attempt implements Flow.Subscriber<EndpointSet> {
    private volatile Flow.@Nullable Subscription subscription;

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      if (this.subscription != null) {
        subscription.cancel();
        return;
      }
      // First to be found by stop, then the look at whether it has been here.
      this.subscription = subscription;
      if (stopped || current != this) {
        subscription.cancel();
        return;
      }
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(EndpointSet set) {
      requireNonNull(set, "set");
      if (current != this) {
        return;
      }
      long pauseBefore = pauseNanos;
      pauseNanos = FIRST_PAUSE_NANOS;
      try {
        sets.accept(set);
      } catch (Throwable t) {
        // The source may give up a subscriber that throws, and will not send an equal set again.
        pauseNanos = pauseBefore;
        cancel();
        onError(t);
        throw t;
      }
    }

    @Override
    public void onError(Throwable cause) {
      if (current != this) {
        return;
      }
      current = null;
      long longest = pauseNanos;
      pauseNanos = Math.min(2 * longest, LONGEST_PAUSE_NANOS);
      long pause = longest / 2 + (long) (random.nextDouble() * (longest - longest / 2));
      Scheduler.Scheduled scheduled = scheduler.schedule(Discovery.this::start, pause);
      retry = scheduled;
      if (stopped) {
        scheduled.cancel();
        return;
      }
      faults.sourceFailed(cause, Duration.ofNanos(pause));
    }

    @Override
    public void onComplete() {
      // The last set is final.
    }

    void cancel() {
      Flow.Subscription held = subscription;
      if (held != null) {
        try {
          held.cancel();
        } catch (Throwable t) {
          faults.report(Faults.Component.SOURCE, t);
        }
      }
    }
  }
}
