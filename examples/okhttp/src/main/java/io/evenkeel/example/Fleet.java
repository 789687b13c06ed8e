package io.evenkeel.example;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The demo's own servers: processes on loopback that end with it. */
final class Fleet implements Stage {
  private static final double SLOW = 10;

  private final long seed;
  private final ServerProcess[] servers;
  private final Endpoint[] endpoints;
  private final LiveSource source;
  private boolean closed;

  private Fleet(long seed, ServerProcess[] servers, Endpoint[] endpoints) {
    this.seed = seed;
    this.servers = servers;
    this.endpoints = endpoints;
    this.source = new LiveSource(List.of(endpoints));
  }

  /**
   * Starts servers and waits until they listen.
   *
   * @throws IOException if one does not start; then none is left
   */
  static Fleet start(int count, long seed) throws IOException {
    List<ServerProcess> started = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        started.add(ServerProcess.launch(0, seed + i));
      }
      Endpoint[] endpoints = new Endpoint[count];
      for (int i = 0; i < count; i++) {
        int port = started.get(i).await().port();
        endpoints[i] = Endpoint.builder("127.0.0.1", port).id("server-" + (i + 1)).build();
      }
      return new Fleet(seed, started.toArray(ServerProcess[]::new), endpoints);
    } catch (IOException | RuntimeException e) {
      started.forEach(ServerProcess::close);
      throw e;
    }
  }

  @Override
  public List<Endpoint> endpoints() {
    return List.of(endpoints);
  }

  @Override
  public EndpointSource source() {
    return source;
  }

  /** The ids of the processes. */
  synchronized List<Long> pids() {
    return Arrays.stream(servers).map(ServerProcess::pid).toList();
  }

  @Override
  public void apply(Fault fault) throws IOException, InterruptedException {
    int i = fault.server();
    switch (fault.kind()) {
      case SLOW -> servers[i].slowDown(SLOW);
      case RECOVER -> servers[i].slowDown(1);
      case KILL -> servers[i].kill();
      case RESTART -> restart(i);
      case WEIGHT -> {
        endpoints[i] = endpoints[i].toBuilder().weight(2 * endpoints[i].weight()).build();
        source.publish(List.of(endpoints));
      }
    }
  }

  private void restart(int i) throws IOException {
    ServerProcess again = ServerProcess.launch(endpoints[i].port(), seed + i);
    synchronized (this) {
      if (closed) {
        again.close();
        return;
      }
      servers[i] = again;
    }
    again.await();
  }

  @Override
  public synchronized void close() {
    closed = true;
    source.close();
    for (ServerProcess server : servers) {
      server.close();
    }
  }
}
