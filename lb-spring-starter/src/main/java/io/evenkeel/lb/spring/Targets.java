package io.evenkeel.lb.spring;

import io.evenkeel.lb.Endpoint;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ConcurrentReferenceHashMap;

/** Turns URIs that name a service into URIs of its endpoints. */
final class Targets {
  /** By the authorities of services and endpoints, as long as there is memory for them. */
  private static final Map<String, URI> ROOTS = new ConcurrentReferenceHashMap<>();

  private static final Map<String, URI> SECURE_ROOTS = new ConcurrentReferenceHashMap<>();

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
    URI resolved = resolved(endpoint, uri);
    return resolved != null ? resolved : parsed(endpoint, uri);
  }

  /**
   * By URIs that were parsed before, since parsing is the dearest step of all; null where that
   * could change what is written.
   */
  private static @Nullable URI resolved(Endpoint endpoint, URI uri) {
    String path = uri.getRawPath();
    if (path == null
        || path.contains("//")
        || path.contains("/.")
        || uri.getRawUserInfo() != null
        || uri.getRawFragment() != null
        || !"http".equalsIgnoreCase(uri.getScheme())) {
      return null;
    }
    URI relative = root(uri.getRawAuthority()).relativize(uri);
    if (relative.isAbsolute()) {
      return null;
    }
    String authority = endpoint.authority();
    return (endpoint.secure() ? secureRoot(authority) : root(authority)).resolve(relative);
  }

  private static URI root(String authority) {
    return ROOTS.computeIfAbsent(authority, each -> URI.create("http://" + each + '/'));
  }

  private static URI secureRoot(String authority) {
    return SECURE_ROOTS.computeIfAbsent(authority, each -> URI.create("https://" + each + '/'));
  }

  /** The same for who another URI is for. */
  static URI renamed(URI uri, URI other) {
    return URI.create(other.getScheme() + "://" + other.getRawAuthority() + fromPath(uri));
  }

  private static URI parsed(Endpoint endpoint, URI uri) {
    boolean secure = endpoint.secure() || "https".equalsIgnoreCase(uri.getScheme());
    StringBuilder target = new StringBuilder(64).append(secure ? "https://" : "http://");
    if (uri.getRawUserInfo() != null) {
      target.append(uri.getRawUserInfo()).append('@');
    }
    return URI.create(target.append(endpoint.authority()).append(fromPath(uri)).toString());
  }

  /** All that servers see of what follows the authority. */
  private static String fromPath(URI uri) {
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + '?' + uri.getRawQuery();
  }
}
