package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/**
 * Where a response leads, by RFC 9110, 15.4. What leads out of the service takes no credentials
 * along.
 *
 * @param uri what to ask for next; where it names the endpoint, or nobody, it has the service's
 *     name
 * @param method with which
 * @param keepsMethod and so the body
 * @param stays whether it is for the same service
 */
record Redirect(URI uri, HttpMethod method, boolean keepsMethod, boolean stays) {
  /** As many as OkHttp follows. */
  static final int MAX = 20;

  /**
   * Where a response leads; null if it is for the caller.
   *
   * @param method of the request
   * @param logical URI of the request
   * @param sent the URI that it was sent to, which is another one if it was sent to an endpoint
   */
  static @Nullable Redirect of(
      int status, HttpHeaders response, HttpMethod method, URI logical, URI sent) {
    URI location = isRedirect(status) ? uri(response.getFirst(HttpHeaders.LOCATION)) : null;
    if (location == null) {
      return null;
    }
    URI next = resolve(logical, location);
    boolean secure = "https".equalsIgnoreCase(next.getScheme());
    if (Targets.host(next) == null || !(secure || "http".equalsIgnoreCase(next.getScheme()))) {
      return null;
    }
    String authority = authority(next);
    boolean stays = authority.equals(authority(sent)) || authority.equals(authority(logical));
    if (!stays && !secure && "https".equalsIgnoreCase(sent.getScheme())) {
      // What was asked for in private is not asked for in the open.
      return null;
    }
    if (stays) {
      // Not in the open either, though some name the port of TLS in such a URI.
      next = Targets.renamed(next, logical);
    }
    HttpMethod with = method(status, method);
    return new Redirect(next, with, with.equals(method), stays);
  }

  private static boolean isRedirect(int status) {
    return switch (status) {
      case 301, 302, 303, 307, 308 -> true;
      default -> false;
    };
  }

  private static @Nullable URI uri(@Nullable String location) {
    if (location == null || location.isEmpty()) {
      return null;
    }
    try {
      return URI.create(location);
    } catch (IllegalArgumentException e) {
      // Nobody can go there; the caller sees where it was.
      return null;
    }
  }

  /**
   * By RFC 3986, 5.2.2; {@link URI#resolve} loses a part of the path where there is none to add.
   */
  private static URI resolve(URI base, URI location) {
    boolean queryAlone =
        location.getScheme() == null
            && location.getRawAuthority() == null
            && location.getRawPath().isEmpty();
    if (!queryAlone) {
      return base.resolve(location);
    }
    String query = location.getRawQuery();
    return query == null
        ? base
        : URI.create(
            base.getScheme() + "://" + base.getRawAuthority() + base.getRawPath() + '?' + query);
  }

  private static HttpMethod method(int status, HttpMethod method) {
    boolean becomesGet =
        status == 303
            ? !method.equals(HttpMethod.HEAD)
            : status < 303 && method.equals(HttpMethod.POST);
    return becomesGet ? HttpMethod.GET : method;
  }

  /** Host and port, whether or not the port is the usual one. */
  private static String authority(URI uri) {
    boolean secure = "https".equalsIgnoreCase(uri.getScheme());
    int port = uri.getPort();
    String host = requireNonNull(Targets.host(uri)).toLowerCase(Locale.ROOT);
    return host + ":" + (port >= 0 ? port : secure ? 443 : 80);
  }

  /** Whether a header says what a body is. */
  static boolean isOfContent(String header) {
    return header.regionMatches(true, 0, "Content-", 0, 8);
  }

  /** The headers of the request for it. */
  HttpHeaders headers(HttpHeaders before) {
    HttpHeaders headers = HttpHeaders.copyOf(before);
    if (!keepsMethod) {
      headers.headerNames().stream()
          .filter(Redirect::isOfContent)
          .toList()
          .forEach(headers::remove);
      headers.remove(HttpHeaders.TRANSFER_ENCODING);
    }
    if (!stays) {
      headers.remove(HttpHeaders.AUTHORIZATION);
      headers.remove(HttpHeaders.PROXY_AUTHORIZATION);
      headers.remove(HttpHeaders.COOKIE);
      headers.remove(HttpHeaders.HOST);
    }
    return headers;
  }
}
