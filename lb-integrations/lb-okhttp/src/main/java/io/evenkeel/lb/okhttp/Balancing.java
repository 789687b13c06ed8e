package io.evenkeel.lb.okhttp;

import java.io.IOException;
import java.net.Proxy;
import java.util.Map;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * The application side: sends each request for a host that a balancer claims to an endpoint, and
 * shows the caller the logical URL only.
 */
final class Balancing implements Interceptor {
  private final Map<String, Service> services;
  private final OutcomeClassifier outcomes;
  private final Keys keys;
  private final SideClient side;

  /**
   * @param services by the host that they claim, in OkHttp's canonical form
   * @param side of the client that it is installed in
   */
  Balancing(Map<String, Service> services, OutcomeClassifier outcomes, Keys keys, SideClient side) {
    this.services = services;
    this.outcomes = outcomes;
    this.keys = keys;
    this.side = side;
  }

  /** Whether it is for the same services, of the same interceptor. */
  @SuppressWarnings("ReferenceEquality") // an interceptor has one map
  boolean isFor(Map<String, Service> others) {
    return services == others;
  }

  @SuppressWarnings("ReferenceEquality") // each has its own
  boolean isBeside(SideClient client) {
    return side == client;
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    Request request = chain.request();
    Service service = claiming(request.url());
    if (service == null) {
      return chain.proceed(request);
    }
    refuseProxy(chain.getProxy(), request.url());
    BalancedCall call = BalancedCall.of(chain, outcomes, keys, side);
    Response response = service.send(chain, call, request);
    while (true) {
      Request next = Redirects.next(response, chain);
      if (next == null) {
        return response;
      }
      Response prior = Service.left(response, call);
      service = claiming(next.url());
      if (service == null) {
        call.end();
        // OkHttp follows what other hosts redirect to.
        return Service.following(prior, chain.proceed(next));
      }
      response = Service.following(prior, service.send(chain, call, next));
    }
  }

  private @Nullable Service claiming(HttpUrl url) {
    return services.get(Service.bareHost(url));
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
    return "BalancerInterceptor" + services.keySet();
  }
}
