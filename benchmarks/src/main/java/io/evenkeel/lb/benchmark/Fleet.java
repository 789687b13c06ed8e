package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Endpoints and balancers to measure. */
final class Fleet {
  private static final int SAMPLES = 20;

  private Fleet() {}

  /**
   * Endpoints with the weights of a policy.
   *
   * @param generation tells sets of the same size apart: no endpoint is in two of them
   */
  static EndpointSet endpoints(Policy policy, int count, int generation) {
    List<Endpoint> endpoints = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String host = "10." + generation + "." + i / 256 + "." + i % 256;
      endpoints.add(
          Endpoint.builder(host, 8080).weight(policy.weight(i)).zone(policy.zone(i)).build());
    }
    return EndpointSet.of(endpoints);
  }

  /** A balancer that has seen traffic, and has some in flight. */
  static Balancer busy(Policy policy, int count) {
    Balancer balancer = idle(policy.strategy(), endpoints(policy, count, 0));
    stir(balancer.nodes(), policy);
    return balancer;
  }

  static Balancer idle(Strategy strategy, EndpointSet set) {
    return Balancer.builder("measured").source(EndpointSource.of(set)).strategy(strategy).build();
  }

  /**
   * Gives nodes latencies from 0.5 to 1.5 ms and some requests in flight. Nodes that are all the
   * same would make every comparison go the same way, which a processor learns to predict.
   */
  static void stir(List<Node> nodes, Policy policy) {
    SplittableRandom random = new SplittableRandom(20_261_121);
    for (Node node : nodes) {
      for (int i = 0; i < SAMPLES; i++) {
        node.end(node.begin() - random.nextLong(500_000, 1_500_000), Outcome.SUCCESS);
      }
      int inFlight = policy.inFlight() + random.nextInt(policy.moreInFlight() + 1);
      for (int i = 0; i < inFlight; i++) {
        node.begin();
      }
    }
  }
}
