package io.evenkeel.lb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The nodes that a balancer knows: those of its endpoints, and those whose endpoint is gone while
 * requests are in flight, so that an endpoint which comes back finds its counts. Requests that are
 * in flight are still recorded, so a node that retires keeps its indicator. Used by the control
 * thread alone.
 */
final class NodeTable {
  /** How many nodes to look at for a typical load: enough for a median of any number. */
  private static final int PEERS = 64;

  private final Map<String, Node> byId = new HashMap<>();
  private final LoadMetric metric;
  private final boolean bounded;
  private final GuardedHealth health;
  private final RecentTicker ticker;
  private final Faults faults;
  private final Function<Endpoint, AddressPolicy> addresses;

  /**
   * @param bounded whether the strategy bounds loads
   * @param addresses which an endpoint may have
   */
  NodeTable(
      LoadMetric metric,
      boolean bounded,
      GuardedHealth health,
      RecentTicker ticker,
      Faults faults,
      Function<Endpoint, AddressPolicy> addresses) {
    this.metric = metric;
    this.bounded = bounded;
    this.health = health;
    this.ticker = ticker;
    this.faults = faults;
    this.addresses = addresses;
  }

  /** The nodes of the set, in its order. */
  List<Node> update(EndpointSet set) {
    double typicalLoad = typicalLoad();
    List<Node> nodes = new ArrayList<>(set.size());
    for (Endpoint endpoint : set.endpoints()) {
      Node node = byId.get(endpoint.id());
      if (node == null) {
        node = new Node(endpoint, newMeter(endpoint, typicalLoad), ticker, faults, addresses);
        node.share = bounded ? LoadBound.Share.free() : null;
        byId.put(endpoint.id(), node);
      }
      boolean moved = !node.endpoint.sameAddress(endpoint);
      node.endpoint = endpoint;
      if (node.retired) {
        node.indicator = health.watch(node);
        node.recall();
      } else if (moved) {
        health.close(node.indicator);
        node.indicator = health.watch(node);
      } else {
        node.indicator = health.complete(node);
      }
      nodes.add(node);
    }
    return nodes;
  }

  /**
   * Retires the nodes of all other endpoints, and forgets those without requests. For when none of
   * them can be chosen any more: they refuse whoever chose them before.
   */
  void retireAllBut(EndpointSet set) {
    Set<String> ids = new HashSet<>(2 * set.size());
    set.endpoints().forEach(endpoint -> ids.add(endpoint.id()));
    byId.forEach(
        (id, node) -> {
          if (!node.retired && !ids.contains(id)) {
            node.retire();
            health.close(node.indicator);
          }
        });
    byId.values().removeIf(node -> node.retired && node.inFlight() == 0);
  }

  /** Has nodes that are fit again begin like new ones. */
  void renew(List<Node> returned) {
    if (!returned.isEmpty()) {
      double typicalLoad = typicalLoad();
      returned.forEach(node -> node.renew(typicalLoad));
    }
  }

  /** The median over some nodes. */
  private double typicalLoad() {
    double[] loads = new double[PEERS];
    int found = 0;
    int step = Math.max(1, byId.size() / PEERS);
    int position = 0;
    for (Node node : byId.values()) {
      if (position++ % step == 0 && found < PEERS) {
        double load = node.baseline();
        if (load > 0 && load < Double.POSITIVE_INFINITY) {
          loads[found++] = load;
        }
      }
    }
    Arrays.sort(loads, 0, found);
    return found == 0 ? 0 : loads[found / 2];
  }

  private LoadMeter newMeter(Endpoint endpoint, double typicalLoad) {
    try {
      return metric.newMeter(endpoint, typicalLoad, ticker.now());
    } catch (Throwable t) {
      faults.report(Faults.Component.LOAD_METER, t);
      return InFlight.METRIC;
    }
  }
}
