package io.evenkeel.example;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import java.io.IOException;
import java.util.List;

/** The servers of one run. */
interface Stage extends AutoCloseable {
  /** The servers as they are at first. */
  List<Endpoint> endpoints();

  /** The servers as they are known at any time. */
  EndpointSource source();

  /** Does something to a server; returns when it is done. */
  void apply(Fault fault) throws IOException, InterruptedException;

  @Override
  void close();

  /** Servers that somebody else runs. Nothing can be done to them. */
  static Stage of(List<Endpoint> endpoints) {
    return new Given(endpoints, EndpointSource.of(endpoints.toArray(Endpoint[]::new)));
  }

  /** Servers that somebody else runs. */
  record Given(List<Endpoint> endpoints, EndpointSource source) implements Stage {
    @Override
    public void apply(Fault fault) {
      throw new UnsupportedOperationException(fault + " on a server that is not ours");
    }

    @Override
    public void close() {}
  }
}
