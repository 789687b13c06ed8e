package io.evenkeel.lb.okhttp;

import java.io.IOException;
import java.net.Proxy;
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
  private final Hosts hosts;
  private final OutcomeClassifier outcomes;
  private final Keys keys;
  private final SideClient side;

  /**
   * @param hosts that are services
   * @param side of the client that it is installed in
   */
  Balancing(Hosts hosts, OutcomeClassifier outcomes, Keys keys, SideClient side) {
    this.hosts = hosts;
    this.outcomes = outcomes;
    this.keys = keys;
    this.side = side;
  }

  /** Whether it is for the same services, of the same interceptor. */
  @SuppressWarnings("ReferenceEquality") // an interceptor has one
  boolean isFor(Hosts others) {
    return hosts == others;
  }

  @SuppressWarnings("ReferenceEquality") // each has its own
  boolean isBeside(SideClient client) {
    return side == client;
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    Request request = chain.request();
    Service service = hosts.of(request.url());
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
      service = hosts.of(next.url());
      if (service == null) {
        call.end();
        // OkHttp follows what other hosts redirect to.
        return Service.following(prior, Departure.by(prior).send(chain, next));
      }
      response = Service.following(prior, service.send(chain, call, next));
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
    return "BalancerInterceptor" + hosts;
  }
}
