package io.evenkeel.lb.spring;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.AsyncLeasedOperation;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.failover.Outcomes;
import io.evenkeel.lb.http.HttpSemantics;
import io.evenkeel.lb.report.LoadHeaders;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import reactor.util.context.Context;

/**
 * One request of a client that does not wait: how an attempt is made, and what its end says.
 * Thread-safe.
 */
final class ReactiveCall implements Outcomes, AsyncLeasedOperation<BalancedExchange> {
  private final Service service;
  private final ClientRequest request;
  private final ExchangeFunction next;
  private final boolean redirects;
  private final Context subscriber;
  private final KeptBody body;
  private final RequestFacts facts;

  /**
   * @param redirects whether the client may follow redirects by itself, unseen
   * @param subscriber what is known to those that the request is made for
   */
  ReactiveCall(
      Service service,
      ClientRequest request,
      ExchangeFunction next,
      boolean redirects,
      Context subscriber) {
    this.service = service;
    this.request = request;
    this.next = next;
    this.redirects = redirects;
    this.subscriber = subscriber;
    this.body = new KeptBody(request.body());
    this.facts =
        new RequestFacts(
            service,
            this::header,
            request.attributes(),
            HttpSemantics.isIdempotent(request.method().name(), request.headers()::getFirst));
  }

  /** Makes the call. To cancel the result gives it up. */
  CompletableFuture<BalancedExchange> send() {
    return service.failover().callLeasedAsync(facts, this, this);
  }

  /** What those who have sent it are told of what the call has thrown. */
  Throwable seen(Throwable thrown) {
    return thrown instanceof FailoverException failure
        ? new WebClientRequestException(
            CallFailedException.of(failure), request.method(), request.url(), request.headers())
        : thrown;
  }

  @Override
  public Exchange on(Lease lease, long limitNanos) {
    Exchange exchange = new Exchange(subscriber, response -> answered(response, lease));
    next.exchange(at(lease.endpoint())).subscribe(exchange);
    return exchange;
  }

  private BalancedExchange answered(ClientResponse response, Lease lease) {
    BalancedExchange answered = new BalancedExchange(response, lease, this);
    LoadHeaders.passOn(answered.headers()::getFirst, lease.node());
    return answered;
  }

  private ClientRequest at(Endpoint endpoint) {
    ClientRequest.Builder attempt =
        ClientRequest.from(request).url(Targets.at(endpoint, request.url())).body(body);
    String header = service.deadlineHeader();
    if (header != null) {
      attempt.headers(all -> all.set(header, Long.toString(facts.leftMillis())));
    }
    return attempt.build();
  }

  /** WebClient has cookies beside headers. */
  private @Nullable String header(String name) {
    String value = request.headers().getFirst(name);
    if (value != null || !HttpHeaders.COOKIE.equalsIgnoreCase(name)) {
      return value;
    }
    return request.cookies().entrySet().stream()
        .flatMap(cookie -> cookie.getValue().stream().map(each -> cookie.getKey() + "=" + each))
        .collect(Collectors.joining("; "));
  }

  @Override
  public Outcome of(Throwable thrown) {
    return body.isBroken() ? Outcome.CANCELLED : ClientFailures.of(thrown);
  }

  @Override
  public Outcome ofResult(@Nullable Object result) {
    return result instanceof BalancedExchange answered ? answered.outcome() : Outcome.CANCELLED;
  }

  @Override
  public long pushbackNanos(@Nullable Object result, @Nullable Throwable thrown) {
    // No connection or 429, but perhaps from where the endpoint has redirected what it had
    // processed.
    if ((redirects && !service.failover().isIdempotent(facts)) || !body.canBeSent()) {
      return NEVER;
    }
    return result instanceof BalancedExchange answered
        ? answered.wishNanos()
        : Outcomes.ofDefaults().pushbackNanos(result, thrown);
  }

  @Override
  public String toString() {
    return request.method() + " " + request.url();
  }
}
