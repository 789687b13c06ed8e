package io.evenkeel.lb.spring;

import java.net.URI;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.support.HttpRequestWrapper;

/**
 * A request on its way to an endpoint, with headers of its own: what is added is not seen again.
 */
final class AtEndpoint extends HttpRequestWrapper {
  private final URI uri;
  private final HttpHeaders headers;

  AtEndpoint(HttpRequest logical, URI uri) {
    super(logical);
    this.uri = uri;
    this.headers = HttpHeaders.copyOf(logical.getHeaders());
  }

  @Override
  public URI getURI() {
    return uri;
  }

  @Override
  public HttpHeaders getHeaders() {
    return headers;
  }
}
