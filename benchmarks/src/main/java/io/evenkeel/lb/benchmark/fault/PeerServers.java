package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.testkit.rig.SilentNetwork;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Which servers a {@link Peer} has to start, each in a process of its own, and the times that its
 * client has to keep to.
 *
 * @param count how many
 * @param serviceTime how long each takes for a request
 * @param workers how many requests each works on at a time; others wait in its queue, and are
 *     worked on even if nobody waits for them any longer
 * @param network where the first one is, if it is not where the others are
 * @param attemptTimeout how long an attempt may take, where the library can be told
 * @param deadline how long a request may take with all its attempts
 */
public record PeerServers(
    int count,
    Duration serviceTime,
    int workers,
    @Nullable SilentNetwork network,
    Duration attemptTimeout,
    Duration deadline) {
  /** As all servers are. */
  static PeerServers usual() {
    return new PeerServers(
        Faults.SERVERS,
        Faults.SERVICE_TIME,
        Integer.MAX_VALUE,
        null,
        Faults.ATTEMPT_TIMEOUT,
        Faults.DEADLINE);
  }

  PeerServers workers(int workers) {
    return new PeerServers(count, serviceTime, workers, network, attemptTimeout, deadline);
  }

  PeerServers in(SilentNetwork network) {
    return new PeerServers(count, serviceTime, workers, network, attemptTimeout, deadline);
  }
}
