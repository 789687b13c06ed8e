package io.evenkeel.lb.spring;

import java.io.IOException;
import java.net.URI;
import java.util.Collection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;

/**
 * Builds the clients of another builder, and beside each, once it is needed, one that follows no
 * redirects: for attempts, which {@linkplain Unfollowed ask} for that. All other requests go
 * through the client as it was.
 */
final class UnfollowingFactories
    implements ClientHttpRequestFactoryBuilder<ClientHttpRequestFactory> {
  private final ClientHttpRequestFactoryBuilder<?> builder;

  UnfollowingFactories(ClientHttpRequestFactoryBuilder<?> builder) {
    this.builder = builder;
  }

  @Override
  public ClientHttpRequestFactory build(@Nullable HttpClientSettings settings) {
    return new Factory(new Unfollowing<>(builder::build, settings));
  }

  @Override
  @SuppressWarnings("unchecked") // each is told only of those factories that it can be of
  public ClientHttpRequestFactoryBuilder<ClientHttpRequestFactory> withCustomizers(
      Collection<Consumer<ClientHttpRequestFactory>> customizers) {
    return new UnfollowingFactories(
        ((ClientHttpRequestFactoryBuilder<ClientHttpRequestFactory>) builder)
            .withCustomizers(customizers));
  }

  private record Factory(Unfollowing<ClientHttpRequestFactory> clients)
      implements ClientHttpRequestFactory, DisposableBean {
    @Override
    public ClientHttpRequest createRequest(URI uri, HttpMethod method) throws IOException {
      return clients.of(uri, Unfollowed.current()).createRequest(uri, method);
    }

    @Override
    public void destroy() throws Exception {
      for (ClientHttpRequestFactory each : clients.all()) {
        if (each instanceof DisposableBean disposable) {
          disposable.destroy();
        }
      }
    }
  }
}
