package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.CallObserver;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.util.function.SingletonSupplier;

/**
 * Makes each request to the name of a service a call of its failover. Requests to other hosts pass
 * through. Thread-safe.
 */
final class BalancingInterceptor implements ClientHttpRequestInterceptor {
  private final Supplier<LoadBalancers> balancers;
  private final CallObserver observer;

  /**
   * @param balancers asked for with the first request, since what they need may need a client
   */
  BalancingInterceptor(Supplier<LoadBalancers> balancers, CallObserver observer) {
    this.balancers = SingletonSupplier.of(balancers);
    this.observer = observer;
  }

  @Override
  public ClientHttpResponse intercept(
      HttpRequest request, byte[] body, ClientHttpRequestExecution execution) throws IOException {
    Service service = serviceOf(request);
    if (service == null) {
      return execution.execute(request, body);
    }
    Onward next = Onward.from(request, body);
    while (true) {
      ClientHttpResponse response;
      Onward leads;
      if (service == null) {
        Onward elsewhere = next;
        elsewhere.judge();
        Unfollowed client = new Unfollowed(next.request().getURI());
        response = client.during(() -> execution.execute(elsewhere.request(), elsewhere.body()));
        leads = next.after(response, client, next.request().getURI());
      } else {
        BlockingCall call = new BlockingCall(service, next, execution, observer);
        response = call.send();
        leads = call.leads();
      }
      if (leads == null) {
        return response;
      }
      BalancedResponse.leave(response);
      next = leads;
      service = serviceOf(next.request());
    }
  }

  private @Nullable Service serviceOf(HttpRequest request) {
    return balancers.get().find(Targets.host(request.getURI()));
  }

  /** Puts it last, so that all others see the name of the service. */
  void addTo(List<ClientHttpRequestInterceptor> interceptors) {
    interceptors.remove(this);
    interceptors.add(this);
  }
}
