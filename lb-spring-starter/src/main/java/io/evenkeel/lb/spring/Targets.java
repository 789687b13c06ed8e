package io.evenkeel.lb.spring;

import io.evenkeel.lb.Endpoint;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Turns URIs that name a service into URIs of its endpoints. */
final class Targets {
  private Targets() {}

  /**
   * Who a URI is for; null if it does not say. {@link URI#getHost} has none for names with an
   * underscore.
   */
  static @Nullable String host(URI uri) {
    String host = uri.getHost();
    if (host != null) {
      return host;
    }
    String authority = uri.getRawAuthority();
    if (authority == null) {
      return null;
    }
    String bare = authority.substring(authority.lastIndexOf('@') + 1);
    int colon = bare.indexOf(':');
    return colon < 0 ? bare : bare.substring(0, colon);
  }

  /**
   * The same at an endpoint: over TLS if the endpoint is secure or the URI says so, with all that
   * follows the authority as it is written.
   */
  static URI at(Endpoint endpoint, URI uri) {
    boolean secure = endpoint.secure() || "https".equalsIgnoreCase(uri.getScheme());
    StringBuilder target = new StringBuilder(64).append(secure ? "https://" : "http://");
    if (uri.getRawUserInfo() != null) {
      target.append(uri.getRawUserInfo()).append('@');
    }
    target.append(endpoint.authority());
    if (uri.getRawPath() != null) {
      target.append(uri.getRawPath());
    }
    if (uri.getRawQuery() != null) {
      target.append('?').append(uri.getRawQuery());
    }
    return URI.create(target.toString());
  }
}
