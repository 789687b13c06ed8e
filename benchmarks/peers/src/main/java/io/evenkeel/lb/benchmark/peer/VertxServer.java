package io.evenkeel.lb.benchmark.peer;

import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.endpoint.InteractionMetrics;
import io.vertx.core.net.endpoint.ServerEndpoint;
import io.vertx.core.net.endpoint.ServerInteraction;

/** As much of a Vert.x server as a selector looks at. */
record VertxServer(int number, InteractionMetrics<?> metrics) implements ServerEndpoint {
  @Override
  public String key() {
    return Integer.toString(number);
  }

  @Override
  public SocketAddress address() {
    return SocketAddress.inetSocketAddress(80, "10.0." + number / 256 + "." + number % 256);
  }

  @Override
  public ServerInteraction newInteraction() {
    throw new UnsupportedOperationException("only choices are measured");
  }

  @Override
  public Object unwrap() {
    return this;
  }
}
