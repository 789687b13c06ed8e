package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import java.io.IOException;
import java.net.Proxy;
import java.net.UnknownHostException;
import okhttp3.CookieJar;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.jspecify.annotations.Nullable;

/** A host that a balancer claims, and how requests to it are sent. */
abstract class Service {
  /** RFC 2606 keeps the name from ever being one. */
  private static final Request ELSEWHERE =
      new Request.Builder().url("http://released.invalid/").build();

  private static final Dns NOWHERE =
      name -> {
        throw new UnknownHostException(name);
      };

  private final String host;
  private final Generations generations;

  /**
   * @param host in OkHttp's canonical form
   * @param balancer that claims it
   */
  Service(String host, Balancer balancer) {
    this.host = host;
    this.generations = new Generations(balancer);
  }

  /** OkHttp has made the host of a URL lower case, but a trailing dot is kept. */
  static String bareHost(HttpUrl url) {
    String host = url.host();
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  final boolean claims(HttpUrl url) {
    return bareHost(url).equals(host);
  }

  /**
   * Sends a request, and follows redirects within the service.
   *
   * @return what is for the caller, or a redirect that leaves the service
   */
  abstract Response send(Interceptor.Chain chain, BalancedCall call, Request request)
      throws IOException;

  /** Whether some of its calls are {@linkplain BalancedCall#isCautious cautious}. */
  boolean isCautious() {
    return false;
  }

  /** The request that follows from a redirect within the service; null for anything else. */
  final @Nullable Request within(Response response, Interceptor.Chain chain) {
    Request next = Redirects.next(response, chain);
    return next != null && claims(next.url()) ? next : null;
  }

  /** Closes a redirect; what is left of it is shown behind the response that it led to. */
  static Response left(Response redirect, BalancedCall call) throws IOException {
    redirect.close();
    call.redirected();
    return redirect.newBuilder().body(ResponseBody.EMPTY).build();
  }

  static Response following(Response prior, Response response) {
    return response.priorResponse() == null
        ? response.newBuilder().priorResponse(prior).build()
        : response;
  }

  final Attempt attempt(
      Endpoint endpoint, Request request, BalancedCall call, Interceptor.Chain chain) {
    return Attempt.at(
        endpoint,
        generations.present(endpoint),
        call.addresses(),
        request,
        call,
        chain.getCache() != null);
  }

  final Response exchange(Interceptor.Chain chain, BalancedCall call, Attempt attempt)
      throws IOException {
    if (call.turnsTo(attempt, generations)) {
      letGo(chain);
      call.mustHaveLetGo();
    }
    Response response = attempt.shown(attempt.pin(chain).proceed(attempt.request()));
    call.answered(response);
    return response;
  }

  /**
   * Makes the call give its connection back to the pool. OkHttp would send the next request of the
   * call on it if host and port are the same, without a look at the Dns or at the scheme: to the
   * endpoint of the attempt before, and in clear where TLS was asked for. It lets go of a
   * connection when the next request is for another host; this one ends where its host is looked
   * up.
   */
  private static void letGo(Interceptor.Chain chain) {
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

  @Override
  public String toString() {
    return host;
  }
}
