package io.evenkeel.lb.benchmark.peer;

import io.vertx.core.net.endpoint.InteractionMetrics;
import io.vertx.core.net.endpoint.LoadBalancer;
import io.vertx.core.net.endpoint.ServerSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Vert.x: the index from a selector. Weights are not known there. */
final class VertxPeer implements Chooser {
  private final List<VertxServer> servers = new ArrayList<>();
  private final List<Queue<Object>> requests = new ArrayList<>();
  private final ServerSelector selector;

  VertxPeer(LoadBalancer policy, int endpoints) {
    for (int i = 0; i < endpoints; i++) {
      servers.add(new VertxServer(i, policy.newMetrics()));
      requests.add(new ConcurrentLinkedQueue<>());
    }
    selector = policy.selector(servers);
  }

  /** By the key of the request, from a ring with four points for each server, its default. */
  static Chooser consistentHash(int endpoints) {
    VertxPeer peer = new VertxPeer(LoadBalancer.CONSISTENT_HASHING, endpoints);
    Keys<String> keys = new Keys<>(key -> "session-" + key);
    return key -> peer.selector.select(keys.get(key));
  }

  @Override
  public int choose(long key) {
    return selector.select();
  }

  @Override
  public void begun(int index) {
    Object request = metrics(index).initiateRequest();
    if (request != null) {
      requests.get(index).add(request);
    }
  }

  @Override
  public void ended(int index, long latencyNanos, boolean failed) {
    Object request = requests.get(index).poll();
    if (request != null) {
      metrics(index).reportRequestBegin(request);
      metrics(index).reportRequestEnd(request);
      metrics(index).reportResponseBegin(request);
      metrics(index).reportResponseEnd(request);
    }
  }

  @SuppressWarnings("unchecked") // it gets back what it has given
  private InteractionMetrics<Object> metrics(int index) {
    return (InteractionMetrics<Object>) servers.get(index).metrics();
  }
}
