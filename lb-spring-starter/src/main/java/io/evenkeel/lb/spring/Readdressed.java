package io.evenkeel.lb.spring;

import java.net.URI;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.support.HttpRequestWrapper;

/** A request to another address, with headers of its own: what is added is not seen again. */
final class Readdressed extends HttpRequestWrapper {
  private final HttpMethod method;
  private final URI uri;
  private final HttpHeaders headers;

  private Readdressed(HttpRequest before, HttpMethod method, URI uri, HttpHeaders headers) {
    super(before);
    this.method = method;
    this.uri = uri;
    this.headers = headers;
  }

  /** The same on its way to an endpoint. */
  static Readdressed to(URI uri, HttpRequest logical) {
    HttpHeaders headers = HttpHeaders.copyOf(logical.getHeaders());
    return new Readdressed(logical, logical.getMethod(), uri, headers);
  }

  /** The one that a redirect asks for. */
  static Readdressed by(Redirect redirect, HttpRequest before) {
    return new Readdressed(
        before, redirect.method(), redirect.uri(), redirect.headers(before.getHeaders()));
  }

  @Override
  public HttpMethod getMethod() {
    return method;
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
