package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.CallObserver;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * Makes each request of a WebClient to the name of a service a call of its failover. Requests to
 * other hosts pass through. Thread-safe.
 */
final class BalancingFilter implements ExchangeFilterFunction {
  private final Supplier<LoadBalancers> balancers;
  private final CallObserver observer;

  /**
   * @param balancers asked for with the first request, since what they need may need a client
   */
  BalancingFilter(Supplier<LoadBalancers> balancers, CallObserver observer) {
    this.balancers = SingletonSupplier.of(balancers);
    this.observer = observer;
  }

  @Override
  public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
    Service service = serviceOf(request);
    return service == null
        ? next.exchange(request)
        : called(service, () -> ReactiveOnward.from(request), next);
  }

  private @Nullable Service serviceOf(ClientRequest request) {
    return balancers.get().find(Targets.host(request.url()));
  }

  /**
   * @param first begins anew for each subscriber, who may be one that tries again
   */
  private Mono<ClientResponse> called(
      Service service, Supplier<ReactiveOnward> first, ExchangeFunction next) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super ClientResponse> subscriber) {
        subscriber.onSubscribe(
            new Delivery(
                () ->
                    new ReactiveCall(
                        service, first.get(), next, subscriber.currentContext(), observer),
                leads -> redirected(leads, next),
                subscriber));
      }
    };
  }

  /** Sends what a response has asked for, out of the service that it came from. */
  private Mono<ClientResponse> redirected(ReactiveOnward leads, ExchangeFunction next) {
    Service service = serviceOf(leads.request());
    return service == null ? sent(leads, next) : called(service, () -> leads, next);
  }

  /** Sends a redirected request to a host that is no service. */
  private Mono<ClientResponse> sent(ReactiveOnward leads, ExchangeFunction next) {
    Unfollowed client = new Unfollowed(leads.request().url());
    return leads
        .judged()
        .onErrorMap(IOException.class, thrown -> failed(leads.request(), thrown))
        .then(Mono.defer(() -> next.exchange(leads.request())))
        .flatMap(
            response -> {
              ReactiveOnward further = leads.after(response, client, leads.request().url());
              if (further == null) {
                return Mono.just(response);
              }
              BalancedExchange.leave(response);
              return redirected(further, next);
            })
        .contextWrite(context -> context.put(Unfollowed.class, client));
  }

  /** As clients fail. */
  private static Throwable failed(ClientRequest request, IOException thrown) {
    return new WebClientRequestException(
        thrown, request.method(), request.url(), request.headers());
  }

  /** Puts it last, so that all others see the name of the service. */
  void addTo(List<ExchangeFilterFunction> filters) {
    filters.remove(this);
    filters.add(this);
  }
}
