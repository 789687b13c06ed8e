package io.evenkeel.lb.source;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Scheduler;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Flow;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * Asks a question again and again, and publishes each answer that differs from the one before.
 *
 * <pre>{@code
 * EndpointSource orders =
 *     PollingSource.builder(() -> EndpointSet.of(registry.find("orders")))
 *         .interval(Duration.ofSeconds(30))
 *         .build();
 * }</pre>
 *
 * <p>The question may block and may throw. It is asked through {@link Scheduler#execute}, at once
 * when somebody subscribes, and again an interval after each answer, so that never two are under
 * way for one subscription. An exception, or null for an answer, is a failure of the source. Each
 * subscription asks for itself. Immutable and thread-safe.
 */
public final class PollingSource implements EndpointSource {
  private final Callable<EndpointSet> question;
  private final Pace pace;

  private PollingSource(Builder builder) {
    question = builder.question;
    pace = builder.pace;
  }

  /** Asks every 10 seconds or so. */
  public static PollingSource of(Callable<EndpointSet> question) {
    return builder(question).build();
  }

  /** Begins a source that asks this question. */
  public static Builder builder(Callable<EndpointSet> question) {
    return new Builder(question);
  }

  @Override
  public Flow.Publisher<EndpointSet> snapshots() {
    return subscriber -> new Polls(pace, question, subscriber).start();
  }

  @Override
  public String toString() {
    return "PollingSource[" + pace + "]";
  }

  /** Builds polling sources. Not thread-safe. */
  public static final class Builder {
    private final Callable<EndpointSet> question;
    private Pace pace = Pace.of(Duration.ofSeconds(10), 0.1);

    private Builder(Callable<EndpointSet> question) {
      this.question = requireNonNull(question, "question");
    }

    /**
     * How long to wait after an answer before asking again. By default 10 seconds.
     *
     * @throws IllegalArgumentException unless it is from 1 millisecond to 1 day
     */
    public Builder interval(Duration interval) {
      pace = pace.withInterval(interval);
      return this;
    }

    /**
     * By which share each wait is made longer or shorter at random, so that clients which started
     * together do not go on asking together. By default 0.1.
     *
     * @throws IllegalArgumentException unless it is from 0 to 1
     */
    public Builder jitter(double share) {
      pace = pace.withJitter(share);
      return this;
    }

    /** What waits and asks. By default the one that all balancers of the JVM share. */
    public Builder scheduler(Scheduler scheduler) {
      pace = pace.withScheduler(scheduler);
      return this;
    }

    /** Chance. By default {@link ThreadLocalRandom}; another must be safe for concurrent use. */
    public Builder random(RandomGenerator random) {
      pace = pace.withRandom(random);
      return this;
    }

    /** The source. It asks nothing until somebody subscribes. */
    public PollingSource build() {
      return new PollingSource(this);
    }
  }
}
