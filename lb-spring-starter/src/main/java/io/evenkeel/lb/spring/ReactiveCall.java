package io.evenkeel.lb.spring;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.failover.AsyncLeasedOperation;
import io.evenkeel.lb.failover.CallObserver;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.failover.ObservedCall;
import io.evenkeel.lb.failover.Outcomes;
import io.evenkeel.lb.http.HttpSemantics;
import io.evenkeel.lb.report.LoadHeaders;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * One request of a client that does not wait: how an attempt is made, and what its end says.
 * Thread-safe.
 */
final class ReactiveCall implements Outcomes, AsyncLeasedOperation<BalancedExchange> {
  /** Where Micrometer has the observation that others are a part of. */
  private static final String OBSERVATION = "micrometer.observation";

  private final Service service;
  private final ReactiveOnward first;
  private final ClientRequest request;
  private final ExchangeFunction next;
  private final Context context;
  private final @Nullable ObservedCall observed;
  private final RequestFacts facts;

  /** Of the latest attempt; null while no client has it. */
  private volatile @Nullable Unfollowed client;

  private volatile boolean redirected;

  /**
   * Begins a call, which is to be {@linkplain #send sent} and {@linkplain #ended ended}.
   *
   * @param first what to send
   * @param subscriber what is known to those that the request is made for
   */
  ReactiveCall(
      Service service,
      ReactiveOnward first,
      ExchangeFunction next,
      Context subscriber,
      CallObserver observer) {
    this.service = service;
    this.first = first;
    this.request = first.request();
    this.next = next;
    RequestContext said = RequestFacts.said(request.attributes());
    this.observed =
        observer.begin(service.name(), said, subscriber.getOrDefault(OBSERVATION, null));
    this.context =
        observed == null ? subscriber : subscriber.put(OBSERVATION, observed.observation());
    this.facts =
        new RequestFacts(
            service,
            this::header,
            observed == null ? said : observed.context(),
            HttpSemantics.isIdempotent(request.method().name(), request.headers()::getFirst));
  }

  /** Makes the call. To {@linkplain #cancel cancel} the result gives it up. */
  CompletableFuture<BalancedExchange> send() {
    try {
      return service.failover().callLeasedAsync(facts, this, this);
    } catch (RuntimeException | Error e) {
      ended(e);
      throw e;
    }
  }

  /** Nobody waits for its result any more. */
  void cancel(CompletableFuture<BalancedExchange> result) {
    result.cancel(true);
    // Not before: its attempts are told of meanwhile.
    ended(new CancellationException());
  }

  /** It has its result. Only the first time counts. */
  void ended(@Nullable Throwable thrown) {
    if (observed != null) {
      observed.end(thrown);
    }
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
    redirected = false;
    client = null;
    Exchange exchange = new Exchange(context);
    // Once, since it may have other facts by the next time.
    send(exchange, first, lease, lease.endpoint());
    return exchange;
  }

  /** Redirects within the service are a part of the attempt. */
  private void send(Exchange exchange, ReactiveOnward sent, Lease lease, Endpoint endpoint) {
    ClientRequest attempt = at(endpoint, sent);
    Unfollowed asked = new Unfollowed(attempt.url());
    exchange.send(
        sent.hops() == first.hops()
            ? begun(lease, endpoint, attempt, asked)
            : exchanged(attempt, asked),
        asked,
        response -> {
          LoadHeaders.passOn(response.headers().asHttpHeaders()::getFirst, lease.node());
          ReactiveOnward onward = sent.after(response, asked, attempt.url());
          if (onward == null || !onward.stays()) {
            return new BalancedExchange(response, lease, this, leaving(onward, endpoint));
          }
          BalancedExchange.leave(response);
          redirected = true;
          send(exchange, onward, lease, endpoint);
          return null;
        });
  }

  /** Judges the endpoint first. */
  private Mono<ClientResponse> begun(
      Lease lease, Endpoint endpoint, ClientRequest attempt, Unfollowed asked) {
    Reach reach = Reach.of(endpoint, lease.node().addresses(endpoint));
    return reach == null
        ? exchanged(attempt, asked)
        : ReactiveOnward.judged(reach, endpoint.host())
            .then(Mono.defer(() -> exchanged(attempt, asked)));
  }

  private Mono<ClientResponse> exchanged(ClientRequest attempt, Unfollowed asked) {
    client = asked;
    return next.exchange(attempt);
  }

  private @Nullable ReactiveOnward leaving(@Nullable ReactiveOnward onward, Endpoint endpoint) {
    return onward == null ? null : onward.within(Reach.ofRedirects(service.name(), endpoint));
  }

  private ClientRequest at(Endpoint endpoint, ReactiveOnward sent) {
    ClientRequest.Builder attempt = sent.at(Targets.at(endpoint, sent.request().url()));
    String header = service.deadlineHeader();
    if (header != null) {
      attempt.headers(all -> all.set(header, Long.toString(facts.leftMillis())));
    }
    return attempt.build();
  }

  /** Whether the body should be over. */
  boolean isLate() {
    return facts.leftNanos() <= 0;
  }

  /**
   * Fails when the body must be over. Reactor's own timers would cost several times as much: with
   * nothing else to wait for, a thread of theirs wakes up for each.
   */
  Mono<Void> late() {
    return Mono.create(
        sink -> {
          Scheduler.Scheduled timer =
              Scheduler.shared()
                  .schedule(
                      () -> Schedulers.parallel().schedule(() -> sink.error(facts.late())),
                      Math.max(0, facts.leftNanos()));
          sink.onDispose(timer::cancel);
        });
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
    return first.body().isBroken() ? Outcome.CANCELLED : ClientFailures.of(thrown);
  }

  @Override
  public Outcome ofResult(@Nullable Object result) {
    return result instanceof BalancedExchange answered ? answered.outcome() : Outcome.CANCELLED;
  }

  @Override
  public long pushbackNanos(@Nullable Object result, @Nullable Throwable thrown) {
    // No connection or 429, but perhaps from where the endpoint has redirected what it had
    // processed.
    Unfollowed asked = client;
    boolean unsure = redirected || (asked != null && asked.mayFollow());
    if ((unsure && !service.failover().isIdempotent(facts)) || !first.body().canBeSent()) {
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
