package io.evenkeel.lb.health.probe;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.health.CheckContext;
import io.evenkeel.lb.health.Verdict;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;

/** What a check is given in virtual time, and what it has said. */
final class FakeContext implements CheckContext {
  static final long SECOND = 1_000_000_000L;

  /** What its node's source permits: neither the default, nor what is taken for not looking. */
  static final AddressPolicy ADDRESSES = AddressPolicy.LOOPBACK_TOO;

  /** A report and its time. */
  record Said(long nanos, Verdict verdict) {
    double seconds() {
      return nanos / 1e9;
    }
  }

  final FakeTicker ticker;
  final ManualScheduler scheduler;
  final List<Said> said = new CopyOnWriteArrayList<>();
  final List<Throwable> failed = new CopyOnWriteArrayList<>();
  final Node node;
  private final RandomGenerator random;
  volatile long quietNanos;
  volatile boolean throwing;

  FakeContext() {
    this(Endpoint.of("10.0.0.1", 80), 1);
  }

  FakeContext(Endpoint endpoint, long seed) {
    this(endpoint, seed, new ManualScheduler(new FakeTicker()));
  }

  FakeContext(Endpoint endpoint, long seed, ManualScheduler scheduler) {
    this.scheduler = scheduler;
    this.ticker = scheduler.ticker();
    this.random = new SplittableRandom(seed);
    try (Balancer balancer =
        Balancer.builder("orders")
            .source(EndpointSource.of(endpoint).withAddresses(ADDRESSES))
            .strategy(RoundRobin.of())
            .scheduler(new ManualScheduler(new FakeTicker()))
            .build()) {
      node = balancer.nodes().get(0);
    }
  }

  @Override
  public String balancer() {
    return "orders";
  }

  @Override
  public Node node() {
    return node;
  }

  @Override
  public Ticker ticker() {
    return ticker;
  }

  @Override
  public Scheduler scheduler() {
    return scheduler;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public long quietNanos() {
    return quietNanos;
  }

  @Override
  public void report(Verdict verdict) {
    said.add(new Said(ticker.read(), verdict));
    if (throwing) {
      throw new IllegalStateException("a listener that throws");
    }
  }

  @Override
  public void failed(Throwable thrown) {
    failed.add(thrown);
  }

  Verdict latest() {
    return said.get(said.size() - 1).verdict();
  }

  boolean isUp() {
    return latest().kind() == Verdict.Kind.UP;
  }

  List<Verdict.Kind> kinds() {
    return said.stream().map(each -> each.verdict().kind()).toList();
  }

  void advance(Duration time) {
    scheduler.advance(time);
  }

  /** Time passes without this process: nothing runs. */
  void stop(Duration time) {
    ticker.advance(time);
  }
}
