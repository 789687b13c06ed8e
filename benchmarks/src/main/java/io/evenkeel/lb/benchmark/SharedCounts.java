package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The server with the fewest requests of all clients for its true speed, which is its weight. For
 * one run of the simulator, on one thread: each choice counts as begun.
 */
final class SharedCounts implements Strategy, LoadMetric {
  private final Map<String, Count> counts = new HashMap<>();

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    Node[] all = nodes.usable().toArray(new Node[0]);
    Count[] each = new Count[all.length];
    double[] speeds = new double[all.length];
    for (int i = 0; i < all.length; i++) {
      each[i] = count(all[i].endpoint());
      speeds[i] = nodes.weight(i);
    }
    return context -> {
      int best = nodes.random().nextInt(all.length);
      for (int i = 0; i < all.length; i++) {
        if ((each[i].inFlight + 1) / speeds[i] < (each[best].inFlight + 1) / speeds[best]) {
          best = i;
        }
      }
      each[best].inFlight++;
      return all[best];
    };
  }

  @Override
  public LoadMetric loadMetric() {
    return this;
  }

  @Override
  public LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos) {
    return count(endpoint);
  }

  private Count count(Endpoint endpoint) {
    return counts.computeIfAbsent(endpoint.id(), id -> new Count());
  }

  /** What all clients have in flight on a server. */
  private static final class Count implements LoadMeter {
    private int inFlight;

    @Override
    public double load(int ofOneClient, long recentNanos) {
      return inFlight;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {
      inFlight--;
    }
  }
}
