package io.evenkeel.lb.benchmark.fault;

import java.io.IOException;

/**
 * Another library, whose client goes through the same faults as ours. Implementations are found by
 * {@link java.util.ServiceLoader}.
 */
public interface Peer {
  /** One word for reports, such as {@code resilience4j}. */
  String name();

  /** Starts servers, and a client of them. Nothing has been sent when it returns. */
  PeerRig start(PeerServers servers) throws IOException, InterruptedException;
}
