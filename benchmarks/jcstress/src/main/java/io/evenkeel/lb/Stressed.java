package io.evenkeel.lb;

import java.util.List;

/** Parts of a balancer that are cheap enough to be made anew for each of millions of trials. */
final class Stressed {
  private static final Ticker STILL = () -> 0;
  private static final Faults FAULTS = new Faults("stressed", STILL, List.of());
  private static final RecentTicker TICKER = new RecentTicker(STILL);
  private static final Endpoint ENDPOINT = Endpoint.of("10.0.0.1", 1);

  private Stressed() {}

  static Node node() {
    return new Node(ENDPOINT, InFlight.METRIC, TICKER, FAULTS, endpoint -> AddressPolicy.ANY);
  }

  /** A table of nodes whose loads are not bounded. */
  static NodeTable table() {
    GuardedHealth unjudged = new GuardedHealth(settings(), FAULTS, () -> {});
    return new NodeTable(
        InFlight.METRIC, false, unjudged, TICKER, FAULTS, endpoint -> AddressPolicy.ANY);
  }

  /** Nodes of equal weight under a bound. */
  static Node[] bounded(int count, double factor) {
    Node[] nodes = new Node[count];
    double[] weights = new double[count];
    for (int i = 0; i < count; i++) {
      nodes[i] = node();
      nodes[i].share = LoadBound.Share.free();
      weights[i] = 1;
    }
    LoadBound.of(nodes, weights, factor).takeAll();
    return nodes;
  }

  static Leases leases() {
    return new Leases(settings(), Never.INSTANCE, FAULTS);
  }

  /** A builder whose balancer starts no task and reads no clock. */
  static BalancerBuilder settings() {
    return Balancer.builder("stressed").scheduler(Never.INSTANCE).ticker(STILL);
  }

  /** Runs nothing. */
  private enum Never implements Scheduler {
    INSTANCE;

    @Override
    public Scheduled schedule(Runnable task, long delayNanos) {
      return () -> {};
    }

    @Override
    public void execute(Runnable task) {}
  }
}
