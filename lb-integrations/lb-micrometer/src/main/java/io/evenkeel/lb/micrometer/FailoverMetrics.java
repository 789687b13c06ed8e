package io.evenkeel.lb.micrometer;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverCall;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.FailoverListener;
import io.evenkeel.lb.failover.gate.AdaptiveLimits;
import io.evenkeel.lb.failover.gate.AdaptiveLimits.EndpointLimit;
import io.evenkeel.lb.failover.gate.Breakers;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Meters of the calls of one failover, and of the gates before its endpoints.
 *
 * <pre>{@code
 * FailoverMetrics metrics = FailoverMetrics.of(registryOfMeters, "orders");
 * Failover calls = Failover.builder(orders).listener(metrics).build();
 * metrics.show(calls);
 * }</pre>
 *
 * <table>
 *   <caption>Meters; all have the tag {@code balancer}</caption>
 *   <tr><th>name</th><th>kind</th><th>tags</th><th>what</th></tr>
 *   <tr><td>lb.calls</td><td>timer</td><td>result</td>
 *       <td>calls that have ended, with their pauses: {@code done}; {@code failed} with a result that
 *       is a failure, such as a 503; or why there is none, such as {@code deadline}</td></tr>
 *   <tr><td>lb.retries</td><td>counter</td><td></td><td>attempts after one that failed</td></tr>
 *   <tr><td>lb.hedges</td><td>counter</td><td>result</td>
 *       <td>attempts beside another one: {@code won}, {@code failed}, or {@code lost} to it</td></tr>
 *   <tr><td>lb.retries.left</td><td>gauge</td><td></td><td>what the budget has</td></tr>
 *   <tr><td>lb.breakers</td><td>gauge</td><td>state</td><td>how many are in it, where there are
 *       {@link Breakers}</td></tr>
 *   <tr><td>lb.limit</td><td>gauge</td><td>of</td><td>how many requests may be in flight: {@code all}
 *       endpoints together, and at the {@code least} of them, where there are {@link AdaptiveLimits}</td></tr>
 * </table>
 *
 * <p>The last three are there once {@link #show} was called.
 *
 * <p>For each breaker by itself there is resilience4j-micrometer, over {@link Breakers#registry}.
 * Thread-safe.
 */
public final class FailoverMetrics implements FailoverListener, AutoCloseable {
  private final String balancer;
  private final Meters meters;
  private final @Nullable Timer done;
  private final @Nullable Timer failed;
  private final Map<Reason, Timer> withoutResult = new ConcurrentHashMap<>();
  private final FailingCalls failing = new FailingCalls();
  private final @Nullable Counter retries;
  private final @Nullable Counter won;
  private final @Nullable Counter lost;
  private final @Nullable Counter failedHedges;

  private FailoverMetrics(MeterRegistry registry, String balancer) {
    this.balancer = balancer;
    this.meters = new Meters(requireNonNull(registry, "registry"), Tags.of("balancer", balancer));
    this.done = calls("done");
    this.failed = calls("failed");
    this.won = hedges("won");
    this.lost = hedges("lost");
    this.failedHedges = hedges("failed");
    this.retries = meters.counter("lb.retries", "Attempts after one that failed");
  }

  /**
   * Meters of calls.
   *
   * @param balancer the name of the failover's balancer
   */
  public static FailoverMetrics of(MeterRegistry registry, String balancer) {
    return new FailoverMetrics(registry, requireNonNull(balancer, "balancer"));
  }

  /**
   * Shows its budget, and the breakers and limits of its balancer. To be called again if that has
   * others by now.
   */
  public void show(Failover failover) {
    meters.gauge("lb.retries.left", "Retries in the budget", failover, Failover::retriesLeft);
    if (policies(failover, Breakers.class).findAny().isPresent()) {
      for (CircuitBreaker.State state : CircuitBreaker.State.values()) {
        meters.gauge(
            "lb.breakers",
            "Circuit breakers of endpoints",
            failover,
            each -> breakers(each, state),
            "state",
            tag(state));
      }
    }
    if (policies(failover, AdaptiveLimits.class).findAny().isPresent()) {
      String what = "Requests that may be in flight";
      meters.gauge("lb.limit", what, failover, each -> limits(each).sum(), "of", "all");
      meters.gauge("lb.limit", what, failover, each -> limits(each).min().orElse(0), "of", "least");
    }
  }

  /** Looked for each time, since a balancer may be one behind which others take turns. */
  private static <P> Stream<P> policies(Failover failover, Class<P> kind) {
    return failover.balancer().policies().stream().filter(kind::isInstance).map(kind::cast);
  }

  private double breakers(Failover failover, CircuitBreaker.State state) {
    String prefix = balancer + "/";
    return policies(failover, Breakers.class)
        .flatMap(each -> each.registry().getAllCircuitBreakers().stream())
        .filter(breaker -> breaker.getName().startsWith(prefix) && breaker.getState() == state)
        .count();
  }

  private IntStream limits(Failover failover) {
    return policies(failover, AdaptiveLimits.class)
        .flatMap(each -> each.limits().stream())
        .filter(limit -> limit.balancer().equals(balancer))
        .mapToInt(EndpointLimit::limit);
  }

  @Override
  public void onAttempt(
      FailoverCall call,
      Endpoint endpoint,
      Outcome outcome,
      long latencyNanos,
      int number,
      boolean hedge) {
    if (outcome.isFailure()) {
      failing.failed(call);
    } else {
      failing.answered(call, hedge || call.attempts() > number);
    }
    if (hedge) {
      count(outcome.isFailure() ? failedHedges : outcome == Outcome.SUCCESS ? won : lost);
    } else if (number > 1) {
      count(retries);
    }
  }

  private @Nullable Counter hedges(String result) {
    return meters.counter("lb.hedges", "Attempts beside another", "result", result);
  }

  private static void count(@Nullable Counter counter) {
    if (counter != null) {
      counter.increment();
    }
  }

  @Override
  public void onCall(FailoverCall call, @Nullable Reason reason, long nanos) {
    boolean hasFailed = failing.ended(call);
    Timer timer = reason != null ? timer(reason) : hasFailed ? failed : done;
    if (timer != null) {
      timer.record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  private @Nullable Timer timer(Reason reason) {
    Timer timer = withoutResult.get(reason);
    return timer != null ? timer : first(reason);
  }

  private @Nullable Timer first(Reason reason) {
    Timer timer = calls(tag(reason));
    if (timer != null) {
      withoutResult.put(reason, timer);
    }
    return timer;
  }

  private @Nullable Timer calls(String result) {
    return meters.timer("lb.calls", "Calls that have ended", "result", result);
  }

  private static String tag(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** Takes the meters out of the registry. */
  @Override
  public void close() {
    meters.close();
  }

  @Override
  public String toString() {
    return "FailoverMetrics[" + balancer + "]";
  }
}
