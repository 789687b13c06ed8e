package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.util.Map;
import okhttp3.CookieJar;
import okhttp3.Dns;
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
  /** RFC 2606 keeps the name from ever being one. */
  private static final Request ELSEWHERE =
      new Request.Builder().url("http://released.invalid/").build();

  private static final Dns NOWHERE =
      name -> {
        throw new UnknownHostException(name);
      };

  private final Map<String, Balancer> balancers;
  private final OutcomeClassifier outcomes;
  private final Keys keys;

  /**
   * @param balancers by the host that they claim, in OkHttp's canonical form
   */
  Balancing(Map<String, Balancer> balancers, OutcomeClassifier outcomes, Keys keys) {
    this.balancers = balancers;
    this.outcomes = outcomes;
    this.keys = keys;
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    Request request = chain.request();
    Balancer balancer = claiming(request.url());
    if (balancer == null) {
      return chain.proceed(request);
    }
    BalancedCall call = BalancedCall.of(chain, outcomes, keys);
    Response response = send(chain, call, balancer, request, false);
    for (int redirects = 1; ; redirects++) {
      Request next = Redirects.next(response, chain);
      if (next == null) {
        return response;
      }
      response.close();
      if (redirects > Redirects.MAX) {
        throw new ProtocolException("Too many follow-up requests: " + redirects);
      }
      Response prior = response.newBuilder().body(ResponseBody.EMPTY).build();
      Balancer before = balancer;
      balancer = claiming(next.url());
      if (balancer == null) {
        call.end();
        // OkHttp follows what other hosts redirect to.
        return following(prior, chain.proceed(next));
      }
      response = following(prior, send(chain, call, balancer, next, balancer == before));
    }
  }

  private static Response following(Response prior, Response response) {
    return response.priorResponse() == null
        ? response.newBuilder().priorResponse(prior).build()
        : response;
  }

  /** The balancer for a host; OkHttp has made it lower case, but a trailing dot is kept. */
  private @Nullable Balancer claiming(HttpUrl url) {
    String host = url.host();
    return balancers.get(host.endsWith(".") ? host.substring(0, host.length() - 1) : host);
  }

  /**
   * @param stay whether to stay at the endpoint of the attempt before, and go on with its lease
   */
  private static Response send(
      Chain chain, BalancedCall call, Balancer balancer, Request request, boolean stay)
      throws IOException {
    refuseProxy(chain.getProxy(), request.url());
    IOException stale = null;
    while (true) {
      Endpoint endpoint = stay && stale == null ? call.again() : call.begin(balancer);
      Attempt attempt = Attempt.at(endpoint, request, call, chain.getCache() != null);
      if (call.turnsTo(attempt)) {
        letGo(chain);
        call.mustHaveLetGo();
      }
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

  /**
   * Makes the call give its connection back to the pool. OkHttp would send the next request of the
   * call on it if host and port are the same, without a look at the Dns or at the scheme: to the
   * endpoint of the attempt before, and in clear where TLS was asked for. It lets go of a
   * connection when the next request is for another host; this one ends where its host is looked
   * up.
   */
  private static void letGo(Chain chain) {
    try {
      chain
          .withDns(NOWHERE)
          .withCache(null)
          .withCookieJar(CookieJar.NO_COOKIES)
          .withProxy(Proxy.NO_PROXY)
          .withRetryOnConnectionFailure(false)
          .proceed(ELSEWHERE)
          .close();
    } catch (IOException expected) {
      // By NOWHERE; or the call was cancelled, which the next request will notice.
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
