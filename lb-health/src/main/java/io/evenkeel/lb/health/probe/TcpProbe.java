package io.evenkeel.lb.health.probe;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.health.Verdict;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * Connects to the endpoint's port and closes the connection: up if that works. It shows that
 * somebody listens, and not that the service works; the kernel of a process that hangs accepts
 * connections, too. A name with several addresses is up if one of them is. One thread serves all
 * probes of the JVM; names are looked up by the workers of {@link Scheduler#shared}, and a probe
 * that gets none of them within its time limit does not count against its endpoint. Immutable and
 * thread-safe.
 */
public final class TcpProbe implements HealthProbe {
  private static final TcpProbe INSTANCE = new TcpProbe();

  private TcpProbe() {}

  /** The probe; there are no settings. */
  public static TcpProbe of() {
    return INSTANCE;
  }

  @Override
  public CompletionStage<Verdict> probe(Endpoint endpoint, Duration limit) {
    return probe(endpoint, AddressPolicy.ANY, limit);
  }

  @Override
  public CompletionStage<Verdict> probe(
      Endpoint endpoint, AddressPolicy addresses, Duration limit) {
    return Connection.open(
        endpoint,
        endpoint.port(),
        addresses,
        limit,
        connection -> connection.finish(Verdict.up("accepts connections")));
  }

  @Override
  public String toString() {
    return "TcpProbe";
  }
}
