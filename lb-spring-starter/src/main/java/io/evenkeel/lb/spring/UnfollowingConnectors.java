package io.evenkeel.lb.spring;

import java.net.URI;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.context.Lifecycle;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;
import reactor.core.publisher.Mono;

/**
 * Builds the clients of another builder, and beside each, once it is needed, one that follows no
 * redirects: for attempts, which {@linkplain Unfollowed ask} for that. All other requests go
 * through the client as it was.
 */
final class UnfollowingConnectors implements ClientHttpConnectorBuilder<ClientHttpConnector> {
  private final ClientHttpConnectorBuilder<?> builder;

  UnfollowingConnectors(ClientHttpConnectorBuilder<?> builder) {
    this.builder = builder;
  }

  @Override
  public ClientHttpConnector build(@Nullable HttpClientSettings settings) {
    return new Connector(new Unfollowing<>(builder::build, settings));
  }

  @Override
  @SuppressWarnings("unchecked") // each is told only of those connectors that it can be of
  public ClientHttpConnectorBuilder<ClientHttpConnector> withCustomizers(
      Collection<Consumer<ClientHttpConnector>> customizers) {
    return new UnfollowingConnectors(
        ((ClientHttpConnectorBuilder<ClientHttpConnector>) builder).withCustomizers(customizers));
  }

  /** A part of the application's life, because the connectors within may be. */
  private record Connector(Unfollowing<ClientHttpConnector> clients)
      implements ClientHttpConnector, SmartLifecycle {
    @Override
    public Mono<ClientHttpResponse> connect(
        HttpMethod method,
        URI uri,
        Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
      return Mono.deferContextual(
          context ->
              clients
                  .of(uri, context.getOrDefault(Unfollowed.class, null))
                  .connect(method, uri, requestCallback));
    }

    @Override
    public void start() {
      lives().forEach(Lifecycle::start);
    }

    @Override
    public void stop() {
      lives().forEach(Lifecycle::stop);
    }

    @Override
    public boolean isRunning() {
      return lives().anyMatch(Lifecycle::isRunning);
    }

    private Stream<Lifecycle> lives() {
      return clients.all().stream().filter(Lifecycle.class::isInstance).map(Lifecycle.class::cast);
    }
  }
}
