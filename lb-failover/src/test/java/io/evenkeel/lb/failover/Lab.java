package io.evenkeel.lb.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.ManualSource;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/**
 * Servers in virtual time, and calls to them of both kinds. Time moves only while the caller waits.
 */
final class Lab implements AutoCloseable {
  /** How a call is made. */
  enum Way {
    WAITING,
    ASYNC,
    ASYNC_LEASED
  }

  /** What an operation does on a server. */
  interface Step {
    /** Takes that long, and then does it. */
    default Step after(Duration time) {
      return new Slow(time, this);
    }
  }

  private record Returns(String value) implements Step {}

  private record Throws(Throwable thrown) implements Step {}

  private record Slow(Duration time, Step then) implements Step {}

  private record Hangs() implements Step {}

  static Step ok() {
    return new Returns("ok");
  }

  static Step returns(String value) {
    return new Returns(value);
  }

  static Step fails(Throwable thrown) {
    return new Throws(thrown);
  }

  static Step refused() {
    return new Throws(new ConnectException("refused"));
  }

  static Step hangs() {
    return new Hangs();
  }

  final FakeTicker ticker = new FakeTicker(Long.MAX_VALUE - Duration.ofMillis(700).toNanos());
  final ManualScheduler scheduler = new ManualScheduler(ticker);
  final ManualSource source = new ManualSource();
  final Balancer balancer;
  final Failover failover;

  /** Where attempts went, in the order in which they began. */
  final List<Integer> attempts = Collections.synchronizedList(new ArrayList<>());

  /** Which operations were interrupted or cancelled. */
  final List<Integer> given = Collections.synchronizedList(new ArrayList<>());

  private final Map<Integer, IntFunction<Step>> servers = new HashMap<>();
  private final Way way;
  private final Leaping leaping = new Leaping();

  Lab(Way way, int nodes, UnaryOperator<FailoverBuilder> settings) {
    this(way, nodes, RoundRobin.of(), settings);
  }

  Lab(Way way, int nodes, Strategy strategy, UnaryOperator<FailoverBuilder> settings) {
    this.way = way;
    Endpoint[] endpoints = new Endpoint[nodes];
    for (int i = 0; i < nodes; i++) {
      endpoints[i] = Endpoint.of("10.0.0.1", i + 1);
      server(i + 1, ok());
    }
    source.publish(endpoints);
    balancer =
        Balancer.builder("orders")
            .source(source)
            .strategy(strategy)
            .ticker(ticker)
            .scheduler(scheduler)
            .random(new SplittableRandom(42))
            .build();
    FailoverBuilder builder = Failover.builder(balancer).ticker(ticker).scheduler(leaping);
    failover = settings.apply(builder).build();
    // Wakes what looks after time limits.
    assertThat(failover.<String>call(RequestContext.none(), endpoint -> "awake")).isNotNull();
  }

  /** All do this. */
  Lab all(Step step) {
    servers.keySet().forEach(port -> server(port, step));
    return this;
  }

  Lab server(int port, Step step) {
    servers.put(port, attempt -> step);
    return this;
  }

  /** The n-th attempt of the lab does this, wherever it goes. */
  Lab attempt(int number, Step step) {
    servers.replaceAll(
        (port, before) -> attempt -> attempt == number ? step : before.apply(attempt));
    return this;
  }

  /** Makes a call; returns its result, or throws what it threw. */
  String call(RequestContext context) {
    return switch (way) {
      case WAITING -> waiting(context);
      case ASYNC -> async(context);
      case ASYNC_LEASED -> leased(context);
    };
  }

  /** Makes a call through a fallback of this lab's failover. */
  Answer<String> answer(Fallback<String> fallback, RequestContext context) {
    return answer(fallback, context, this);
  }

  /** The same where several labs are asked: the attempts are those of the one that makes them. */
  static Answer<String> answer(Fallback<String> fallback, RequestContext context, Lab... labs) {
    if (labs[0].way == Way.WAITING) {
      return fallback.call(context, endpoint -> of(endpoint, labs).operate(endpoint));
    }
    return joined(
        fallback.callAsync(context, endpoint -> of(endpoint, labs).begin(endpoint)), labs);
  }

  /** Whose endpoint it is. */
  @SuppressWarnings("ReferenceEquality") // those of other labs are equal
  private static Lab of(Endpoint endpoint, Lab... labs) {
    for (Lab lab : labs) {
      if (lab.balancer.endpoints().endpoints().stream().anyMatch(each -> each == endpoint)) {
        return lab;
      }
    }
    throw new AssertionError(endpoint);
  }

  private String waiting(RequestContext context) {
    String result = failover.call(context, this::operate);
    if (Thread.interrupted()) {
      throw new AssertionError("an interrupt was left behind");
    }
    return result;
  }

  private String async(RequestContext context) {
    CompletableFuture<String> future = failover.callAsync(context, this::begin);
    return joined(future, this);
  }

  /** One lease is left open where there is a result, and none where there is not. */
  private String leased(RequestContext context) {
    List<Lease> leases = Collections.synchronizedList(new ArrayList<>());
    CompletableFuture<String> future =
        failover.callLeasedAsync(
            context,
            failover.rules().guarded.outcomes(),
            (lease, limit) -> {
              leases.add(lease);
              return begin(lease.endpoint());
            });
    boolean result = false;
    try {
      String value = joined(future, this);
      result = true;
      return value;
    } finally {
      assertThat(leases.stream().filter(lease -> lease.end(Outcome.SUCCESS)).count())
          .as("open")
          .isEqualTo(result ? 1 : 0);
    }
  }

  private static <T> T joined(CompletableFuture<T> future, Lab... labs) {
    long began = labs[0].ticker.read();
    while (!future.isDone()) {
      assertThat(Duration.ofNanos(labs[0].ticker.read() - began))
          .as("waited for")
          .isLessThan(Duration.ofHours(1));
      for (Lab lab : labs) {
        lab.scheduler.advance(Duration.ofMillis(1));
      }
    }
    try {
      return future.join();
    } catch (CompletionException e) {
      throw sneaky(requireNonNull(e.getCause()));
    }
  }

  /** Whoever is to wait for a task finds that its time has passed; all happens on one thread. */
  private final class Leaping implements Scheduler {
    private boolean leaping;

    @Override
    public Scheduled schedule(Runnable task, long delayNanos) {
      Scheduled scheduled = scheduler.schedule(task, delayNanos);
      if (way == Way.WAITING && !leaping) {
        leaping = true;
        scheduler.advance(delayNanos);
        leaping = false;
      }
      return scheduled;
    }

    void pass(Duration time) {
      leaping = true;
      scheduler.advance(time);
      leaping = false;
    }

    @Override
    public void execute(Runnable task) {
      scheduler.execute(task);
    }
  }

  private static RuntimeException sneaky(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return (RuntimeException) thrown;
  }

  private Step next(Endpoint endpoint) {
    attempts.add(endpoint.port());
    return requireNonNull(servers.get(endpoint.port())).apply(attempts.size());
  }

  private String operate(Endpoint endpoint) throws Exception {
    Step step = next(endpoint);
    while (true) {
      if (step instanceof Returns returns) {
        return returns.value;
      }
      if (step instanceof Throws thrown) {
        throw thrown.thrown instanceof Exception e ? e : new Exception(thrown.thrown);
      }
      if (step instanceof Slow slow) {
        pass(endpoint, slow.time);
        step = slow.then;
      } else {
        pass(endpoint, Duration.ofDays(1));
      }
    }
  }

  private void pass(Endpoint endpoint, Duration time) throws InterruptedException {
    for (long i = 0; i < time.toMillis(); i++) {
      leaping.pass(Duration.ofMillis(1));
      if (Thread.interrupted()) {
        given.add(endpoint.port());
        throw new InterruptedException();
      }
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // it only notes that it was cancelled
  private CompletableFuture<String> begin(Endpoint endpoint) {
    CompletableFuture<String> future = new CompletableFuture<>();
    future.whenComplete(
        (value, thrown) -> {
          if (future.isCancelled()) {
            given.add(endpoint.port());
          }
        });
    go(next(endpoint), future);
    return future;
  }

  private void go(Step step, CompletableFuture<String> future) {
    if (step instanceof Returns returns) {
      future.complete(returns.value);
    } else if (step instanceof Throws thrown) {
      future.completeExceptionally(thrown.thrown);
    } else if (step instanceof Slow slow) {
      scheduler.schedule(() -> go(slow.then, future), slow.time.toNanos());
    }
  }

  /** Requests that count as in flight. */
  int inFlight() {
    return balancer.nodes().stream().mapToInt(Node::inFlight).sum();
  }

  @Override
  public void close() {
    balancer.close();
  }
}
