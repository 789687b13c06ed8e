package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Endpoint;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Follows redirects of endpoints by OkHttp's own rules, with the logical URL for the base, so that
 * each hop is balanced afresh if a balancer claims its host.
 */
final class Redirects {
  /** As many as OkHttp follows. */
  static final int MAX = 20;

  private Redirects() {}

  static boolean isRedirect(int code) {
    return code == 300 || code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
  }

  /**
   * The request to send next, or null if the response is for the caller. A body that can be sent
   * only once is not sent again.
   */
  static @Nullable Request next(Response response, Interceptor.Chain chain) {
    if (!isRedirect(response.code()) || !chain.getFollowRedirects()) {
      return null;
    }
    Request request = response.request();
    String location = response.header("Location");
    HttpUrl url = location == null ? null : request.url().resolve(location);
    if (url == null) {
      return null;
    }
    // Not the scheme of the logical URL: an endpoint that is secure was called over TLS.
    boolean secure = response.handshake() != null;
    boolean stays = sameOrigin(request.url(), url);
    if (!stays && url.isHttps() != secure && !chain.getFollowSslRedirects()) {
      return null;
    }
    boolean becomesGet = becomesGet(request.method(), response.code());
    RequestBody body = request.body();
    if (body != null && (body.isDuplex() || (body.isOneShot() && !becomesGet))) {
      return null;
    }
    return redirected(request, url, becomesGet);
  }

  private static Request redirected(Request request, HttpUrl url, boolean becomesGet) {
    // The override was for the first URL: under it, the second one's content would be stored.
    Request.Builder next =
        request.newBuilder().url(url).cacheUrlOverride(null).tag(Endpoint.class, null);
    if (becomesGet) {
      next.method("GET", null)
          .removeHeader("Transfer-Encoding")
          .removeHeader("Content-Length")
          .removeHeader("Content-Type");
    }
    if (!sameOrigin(request.url(), url)) {
      next.removeHeader("Authorization");
    }
    return next.build();
  }

  private static boolean becomesGet(String method, int code) {
    return switch (method) {
      case "GET", "HEAD", "PROPFIND" -> false;
      case "QUERY" -> code == 303;
      default -> code != 307 && code != 308;
    };
  }

  private static boolean sameOrigin(HttpUrl a, HttpUrl b) {
    return a.host().equals(b.host()) && a.port() == b.port() && a.scheme().equals(b.scheme());
  }
}
