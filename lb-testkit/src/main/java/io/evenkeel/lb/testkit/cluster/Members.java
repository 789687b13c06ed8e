package io.evenkeel.lb.testkit.cluster;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.testkit.ManualSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** Discovery in one run: what the balancers are told of the servers. */
final class Members {
  private final ManualSource source = new ManualSource();
  private final Map<String, Endpoint> known = new LinkedHashMap<>();
  private final Map<String, Endpoint> present = new LinkedHashMap<>();

  Members(Collection<LiveServer> all, Collection<LiveServer> atFirst) {
    all.forEach(server -> known.put(server.name(), server.endpoint()));
    atFirst.forEach(server -> present.put(server.name(), server.endpoint()));
    publish();
  }

  EndpointSource source() {
    return source;
  }

  void join(String name) {
    present.put(name, requireNonNull(known.get(name)));
    publish();
  }

  void leave(String name) {
    present.remove(name);
    publish();
  }

  /** Changes a weight now, or for when the server joins. */
  void weigh(String name, double weight) {
    known.computeIfPresent(name, (id, endpoint) -> endpoint.toBuilder().weight(weight).build());
    if (present.containsKey(name)) {
      join(name);
    }
  }

  private void publish() {
    source.publish(present.isEmpty() ? EndpointSet.none() : EndpointSet.of(present.values()));
  }
}
