package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.CallObserver;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * Makes each request of a WebClient to the name of a service a call of its failover. Requests to
 * other hosts pass through. Thread-safe.
 */
final class BalancingFilter implements ExchangeFilterFunction {
  private final Supplier<LoadBalancers> balancers;
  private final boolean redirects;
  private final CallObserver observer;

  /**
   * @param balancers asked for with the first request, since what they need may need a client
   * @param redirects whether clients may follow redirects by themselves
   */
  BalancingFilter(Supplier<LoadBalancers> balancers, boolean redirects, CallObserver observer) {
    this.balancers = SingletonSupplier.of(balancers);
    this.redirects = redirects;
    this.observer = observer;
  }

  @Override
  public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
    Service service = balancers.get().find(Targets.host(request.url()));
    if (service == null) {
      return next.exchange(request);
    }
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super ClientResponse> subscriber) {
        subscriber.onSubscribe(
            new Delivery(
                () ->
                    new ReactiveCall(
                        service, request, next, redirects, subscriber.currentContext(), observer),
                subscriber));
      }
    };
  }

  /** Puts it last, so that all others see the name of the service. */
  void addTo(List<ExchangeFilterFunction> filters) {
    filters.remove(this);
    filters.add(this);
  }
}
