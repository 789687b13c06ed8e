package io.evenkeel.lb.testkit.rig;

import static io.evenkeel.lb.testkit.rig.Expect.expect;
import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Sends requests at a constant rate, each when it is due, whether or not those before it were
 * answered: users do not wait for each other. Latency counts from when a request was due, so that
 * no wait is hidden (G. Tene, "coordinated omission").
 *
 * <pre>{@code
 * OpenLoopLoad load =
 *     OpenLoopLoad.builder(2000)
 *         .duration(Duration.ofSeconds(4))
 *         .at(Duration.ofSeconds(1), "kill", servers.get(0)::kill)
 *         .build();
 * LoadResult result = load.run(number -> call(number));
 * assertThat(result.after("kill").failures("a")).isLessThanOrEqualTo(5);
 * }</pre>
 *
 * <p>A bounded number of threads sends them. A request that is due while every thread waits for an
 * answer begins late; it is counted as {@linkplain LoadResult#starved starved}, and its wait is in
 * its latency. No chance is in it: what is due when depends on the rate alone. Immutable, and can
 * be run again.
 */
public final class OpenLoopLoad {
  private static final double MAX_RATE = 1e6;
  private static final int MAX_REQUESTS = 10_000_000;
  private static final int MAX_THREADS = 4096;

  private final double rate;
  private final int requests;
  private final int threads;
  private final Duration patience;
  private final List<Action> actions;

  private OpenLoopLoad(Builder builder) {
    this.rate = builder.rate;
    this.requests = builder.requests;
    this.threads = Math.min(builder.threads, builder.requests);
    this.patience = builder.patience;
    this.actions = List.copyOf(builder.actions);
  }

  /**
   * Begins a load: 1000 requests, 256 threads, 10 seconds of patience.
   *
   * @param rate requests per second, above 0, at most a million
   */
  public static Builder builder(double rate) {
    return new Builder(rate);
  }

  /** Sends one request, and waits for its end. */
  @FunctionalInterface
  public interface Sender {
    /**
     * Called by several threads at once. Must not throw, since a failed request is a result, too.
     *
     * @param number of the request, from 0 in the order in which they are due
     */
    Reply send(long number);
  }

  /** What is done beside the requests, such as killing a server. */
  @FunctionalInterface
  public interface Step {
    /** Does it. Called by one thread, one step after the other. */
    void run() throws Exception;
  }

  /** A step and when it is due. */
  record Action(Duration at, String name, Step step) {}

  /**
   * Sends all requests, and waits until they have ended or patience is at an end; those that have
   * not ended by then are interrupted.
   *
   * @throws IllegalStateException if a sender or a step has thrown; the load is then broken off
   */
  public LoadResult run(Sender sender) throws InterruptedException {
    return new LoadRun(rate, requests, threads, patience, actions, sender).run();
  }

  @Override
  public String toString() {
    return "OpenLoopLoad[" + requests + " at " + rate + "/s, " + threads + " threads]";
  }

  /** Builds loads. Not thread-safe. */
  public static final class Builder {
    private final double rate;
    private int requests = 1000;
    private int threads = 256;
    private Duration patience = Duration.ofSeconds(10);
    private final List<Action> actions = new ArrayList<>();

    private Builder(double rate) {
      expect(rate > 0 && rate <= MAX_RATE, "rate", rate, "above 0, at most " + MAX_RATE);
      this.rate = rate;
    }

    /**
     * How many requests there are.
     *
     * @param requests 1 to 10 000 000
     */
    public Builder requests(int requests) {
      expect(requests >= 1 && requests <= MAX_REQUESTS, "requests", requests, "1..10000000");
      this.requests = requests;
      return this;
    }

    /** As many requests as are due in this time. */
    public Builder duration(Duration duration) {
      double due = rate * duration.toNanos() / TimeUnit.SECONDS.toNanos(1);
      expect(due >= 1 && due <= MAX_REQUESTS, "duration", duration, "1..10000000 requests");
      return requests((int) due);
    }

    /**
     * How many threads send: as many requests can be in flight.
     *
     * @param threads 1 to 4096
     */
    public Builder threads(int threads) {
      expect(threads >= 1 && threads <= MAX_THREADS, "threads", threads, "1..4096");
      this.threads = threads;
      return this;
    }

    /** How long to wait for requests that have not ended after the last was due. */
    public Builder patience(Duration patience) {
      expect(!patience.isNegative(), "patience", patience, ">= PT0S");
      this.patience = patience;
      return this;
    }

    /**
     * Does something beside the requests.
     *
     * @param at when, from the start; steps that are due together are done in the order given
     * @param name by which {@link LoadResult#mark} says when it was done
     */
    public Builder at(Duration at, String name, Step step) {
      Expect.atMostADay("at", at);
      boolean taken = actions.stream().anyMatch(action -> action.name().equals(name));
      expect(!taken, "name", name, "one of its own for each step");
      actions.add(new Action(at, name, requireNonNull(step, "step")));
      return this;
    }

    /** The load. */
    public OpenLoopLoad build() {
      actions.sort(Comparator.comparing(Action::at));
      return new OpenLoopLoad(this);
    }
  }
}
