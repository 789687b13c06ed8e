package io.evenkeel.lb.benchmark.peer;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;

/** A balancer of this project, behind the same adapter as the others. */
final class OurPeer implements Chooser {
  private final Balancer balancer;
  private final Node[] nodes;
  private final Stopwatch stopwatch = new Stopwatch();
  private final boolean hashes;

  private OurPeer(Strategy strategy, int[] weights, boolean hashes) {
    this.hashes = hashes;
    Endpoint[] endpoints = new Endpoint[weights.length];
    for (int i = 0; i < weights.length; i++) {
      endpoints[i] = Endpoint.builder("10.0.0.1", 1 + i).weight(weights[i]).build();
    }
    balancer =
        Balancer.builder("peer").source(EndpointSource.of(endpoints)).strategy(strategy).build();
    nodes = new Node[weights.length];
    for (Node node : balancer.nodes()) {
      nodes[index(node)] = node;
    }
  }

  static Chooser of(Strategy strategy, int[] weights) {
    return new OurPeer(strategy, weights, false);
  }

  static Chooser hashing(Strategy strategy, int[] weights) {
    return new OurPeer(strategy, weights, true);
  }

  @Override
  public int choose(long key) {
    return index(balancer.select(hashes ? new Keyed(key) : RequestContext.none()));
  }

  private static int index(Node node) {
    return node.endpoint().port() - 1;
  }

  @Override
  public void begun(int index) {
    stopwatch.stamped(nodes[index].begin());
  }

  @Override
  public void ended(int index, long latencyNanos, boolean failed) {
    nodes[index].end(stopwatch.stamp(latencyNanos), failed ? Outcome.FAILURE : Outcome.SUCCESS);
  }

  @Override
  public void close() {
    balancer.close();
  }

  private record Keyed(long affinity) implements RequestContext {}
}
