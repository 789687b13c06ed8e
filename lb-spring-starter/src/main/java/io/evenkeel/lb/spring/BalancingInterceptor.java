package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.CallObserver;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
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
  private final boolean redirects;
  private final CallObserver observer;

  /**
   * @param balancers asked for with the first request, since what they need may need a client
   * @param redirects whether clients may follow redirects by themselves
   */
  BalancingInterceptor(
      Supplier<LoadBalancers> balancers, boolean redirects, CallObserver observer) {
    this.balancers = SingletonSupplier.of(balancers);
    this.redirects = redirects;
    this.observer = observer;
  }

  @Override
  public ClientHttpResponse intercept(
      HttpRequest request, byte[] body, ClientHttpRequestExecution execution) throws IOException {
    Service service = balancers.get().find(Targets.host(request.getURI()));
    if (service == null) {
      return execution.execute(request, body);
    }
    return new BlockingCall(service, request, body, execution, redirects, observer).send();
  }

  /** Puts it last, so that all others see the name of the service. */
  void addTo(List<ClientHttpRequestInterceptor> interceptors) {
    interceptors.remove(this);
    interceptors.add(this);
  }
}
