package io.evenkeel.lb.benchmark.peer;

import io.evenkeel.lb.benchmark.fault.Peer;
import io.evenkeel.lb.benchmark.fault.PeerRig;
import io.evenkeel.lb.benchmark.fault.PeerServers;

/**
 * Resilience4j around Spring Cloud LoadBalancer, over OkHttp, as a careful user has them; see
 * {@link ResilienceRig}.
 */
public final class ResiliencePeer implements Peer {
  /** For {@link java.util.ServiceLoader}. */
  public ResiliencePeer() {}

  @Override
  public String name() {
    return "resilience4j";
  }

  @Override
  public PeerRig start(PeerServers servers) {
    return ResilienceRig.start(servers);
  }
}
