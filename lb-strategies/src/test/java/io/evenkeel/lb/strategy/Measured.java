package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.ManualSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;

/** A balancer in virtual time whose nodes measure what a test tells them; numbered from 0. */
final class Measured implements AutoCloseable {
  /** What its source permits: neither the default, nor what is taken for not looking. */
  static final AddressPolicy ADDRESSES = AddressPolicy.LOOPBACK_TOO;

  final FakeTicker ticker = new FakeTicker(Long.MAX_VALUE - Duration.ofSeconds(5).toNanos());
  final ManualScheduler scheduler = new ManualScheduler(ticker);
  final ManualSource source = new ManualSource();
  final Balancer balancer;

  Measured(Strategy strategy, double... weights) {
    source.publish(Choices.endpoints(weights));
    balancer =
        Balancer.builder("measured")
            .source(source.withAddresses(ADDRESSES))
            .strategy(strategy)
            .ticker(ticker)
            .scheduler(scheduler)
            .random(new SplittableRandom(11))
            .build();
  }

  Node node(int number) {
    return balancer.nodes().stream()
        .filter(node -> node.endpoint().port() == number + 1)
        .findFirst()
        .orElseThrow();
  }

  /** Lets a node answer one request. */
  void answer(int number, Duration latency, Outcome outcome) {
    long stamp = node(number).begin();
    ticker.advance(latency);
    node(number).end(stamp, outcome);
  }

  void millis(long millis) {
    scheduler.advance(Duration.ofMillis(millis));
  }

  void seconds(long seconds) {
    millis(1_000 * seconds);
  }

  /** Which share of the next choices each node gets. */
  double[] shares() {
    int choices = 40_000;
    double[] shares = new double[balancer.nodes().size()];
    for (int i = 0; i < choices; i++) {
      int port = balancer.select(RequestContext.none()).endpoint().port();
      shares[port - 1] += 1.0 / choices;
    }
    return shares;
  }

  /** The next choices go to the nodes in these proportions. */
  void assertShares(double... expected) {
    double sum = Arrays.stream(expected).sum();
    double[] shares = shares();
    for (int i = 0; i < expected.length; i++) {
      assertThat(shares[i]).as("node %d", i).isCloseTo(expected[i] / sum, within(0.002));
    }
  }

  @Override
  public void close() {
    balancer.close();
  }
}
