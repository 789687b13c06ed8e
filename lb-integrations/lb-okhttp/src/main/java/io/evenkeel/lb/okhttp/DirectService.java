package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.http.HttpSemantics;
import java.io.IOException;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;

/** A service whose requests are sent once, but for those that met a stale connection. */
final class DirectService extends Service {
  private final Balancer balancer;

  DirectService(String host, Balancer balancer) {
    super(host, balancer);
    this.balancer = balancer;
  }

  @Override
  Response send(Interceptor.Chain chain, BalancedCall call, Request request) throws IOException {
    Response response = send(chain, call, request, false);
    Request next = within(response, chain);
    while (next != null) {
      Response prior = left(response, call);
      response = following(prior, send(chain, call, next, true));
      next = within(response, chain);
    }
    return response;
  }

  /**
   * @param stay whether to stay at the endpoint of the attempt before, and go on with its lease
   */
  private Response send(Interceptor.Chain chain, BalancedCall call, Request request, boolean stay)
      throws IOException {
    IOException stale = null;
    while (true) {
      Endpoint endpoint = stay && stale == null ? call.again() : call.begin(balancer);
      Attempt attempt = attempt(endpoint, request, call, chain);
      try {
        Response response = exchange(chain, call, attempt);
        call.passOnWish(response);
        return response;
      } catch (IOException e) {
        if (stale != null) {
          e.addSuppressed(stale);
        }
        if (!call.repeats(
            e, request, HttpSemantics.isIdempotent(request.method(), request::header))) {
          throw e;
        }
        stale = e;
      }
    }
  }
}
