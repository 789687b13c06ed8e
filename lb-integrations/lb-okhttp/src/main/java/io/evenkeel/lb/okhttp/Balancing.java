package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Balancer;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.Proxy;
import java.util.Map;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.jspecify.annotations.Nullable;

/**
 * The application side: sends each request for a host that a balancer claims to an endpoint, and
 * shows the caller the logical URL only.
 */
final class Balancing implements Interceptor {
  private final Map<String, Balancer> balancers;
  private final OutcomeClassifier outcomes;

  /**
   * @param balancers by the host that they claim, in OkHttp's canonical form
   */
  Balancing(Map<String, Balancer> balancers, OutcomeClassifier outcomes) {
    this.balancers = balancers;
    this.outcomes = outcomes;
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    Request request = chain.request();
    Balancer balancer = claiming(request.url());
    if (balancer == null) {
      return chain.proceed(request);
    }
    BalancedCall call = BalancedCall.of(chain, outcomes);
    Response prior = null;
    for (int redirects = 0; ; redirects++) {
      Response response =
          balancer == null ? chain.proceed(request) : send(chain, call, balancer, request);
      if (prior != null && response.priorResponse() == null) {
        response = response.newBuilder().priorResponse(prior).build();
      }
      // OkHttp has followed the redirects of hosts that no balancer claims.
      Request next = balancer == null ? null : Redirects.next(response, chain);
      if (next == null) {
        return response;
      }
      response.close();
      call.end();
      if (redirects == Redirects.MAX) {
        throw new ProtocolException("Too many follow-up requests: " + (redirects + 1));
      }
      prior = response.newBuilder().body(ResponseBody.EMPTY).build();
      request = next;
      balancer = claiming(next.url());
    }
  }

  /** The balancer for a host; OkHttp has made it lower case, but a trailing dot is kept. */
  private @Nullable Balancer claiming(HttpUrl url) {
    String host = url.host();
    return balancers.get(host.endsWith(".") ? host.substring(0, host.length() - 1) : host);
  }

  private static Response send(Chain chain, BalancedCall call, Balancer balancer, Request request)
      throws IOException {
    refuseProxy(chain.getProxy(), request.url());
    IOException stale = null;
    while (true) {
      Attempt attempt = Attempt.at(call.begin(balancer), request, call, chain.getCache() != null);
      try {
        Response response = attempt.shown(attempt.pin(chain).proceed(attempt.request()));
        call.answered(response);
        return response;
      } catch (IOException e) {
        if (stale != null) {
          e.addSuppressed(stale);
        }
        if (!call.repeats(e, request)) {
          throw e;
        }
        stale = e;
      }
    }
  }

  private static void refuseProxy(@Nullable Proxy proxy, HttpUrl url) throws IOException {
    if (proxy != null && proxy.type() != Proxy.Type.DIRECT) {
      throw new IOException(
          "proxy: "
              + proxy
              + " (expected: none for "
              + url.host()
              + ", since a proxy would look the name up itself; a ProxySelector may serve the"
              + " other hosts)");
    }
  }

  @Override
  public String toString() {
    return "BalancerInterceptor" + balancers.keySet();
  }
}
