package io.evenkeel.lb.spring;

import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallObserver;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.failover.LeasedOperation;
import io.evenkeel.lb.failover.ObservedCall;
import io.evenkeel.lb.failover.Outcomes;
import io.evenkeel.lb.http.HttpSemantics;
import io.evenkeel.lb.report.LoadHeaders;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;

/**
 * One request of a client that waits: what the failover may know of it, how an attempt is made, and
 * what its end says. Used by one thread.
 */
final class BlockingCall implements Outcomes, LeasedOperation<BalancedResponse> {
  private final Service service;
  private final HttpRequest request;
  private final byte[] body;
  private final ClientHttpRequestExecution execution;
  private final boolean redirects;
  private final @Nullable ObservedCall observed;
  private final RequestFacts facts;

  /**
   * Begins a call, which is to be {@linkplain #send sent}.
   *
   * @param redirects whether the client may follow redirects by itself, unseen
   */
  BlockingCall(
      Service service,
      HttpRequest request,
      byte[] body,
      ClientHttpRequestExecution execution,
      boolean redirects,
      CallObserver observer) {
    this.service = service;
    this.request = request;
    this.body = body;
    this.execution = execution;
    this.redirects = redirects;
    RequestContext said = RequestFacts.said(request.getAttributes());
    this.observed = observer.begin(service.name(), said, null);
    this.facts =
        new RequestFacts(
            service,
            request.getHeaders()::getFirst,
            observed == null ? said : observed.context(),
            HttpSemantics.isIdempotent(request.getMethod().name(), request.getHeaders()::getFirst));
  }

  /** Makes the call, and waits for its response. */
  BalancedResponse send() throws IOException {
    return observed == null ? sent() : observed.make(this::sent);
  }

  private BalancedResponse sent() throws IOException {
    try {
      return service.failover().callLeased(facts, this, this).delivered(facts);
    } catch (FailoverException e) {
      throw CallFailedException.of(e);
    }
  }

  @Override
  public BalancedResponse on(Lease lease, long limitNanos) throws IOException {
    AtEndpoint attempt = new AtEndpoint(request, Targets.at(lease.endpoint(), request.getURI()));
    String header = service.deadlineHeader();
    if (header != null) {
      attempt.getHeaders().set(header, Long.toString(facts.leftMillis()));
    }
    BalancedResponse response = BalancedResponse.of(execution.execute(attempt, body), lease);
    LoadHeaders.passOn(response.getHeaders()::getFirst, lease.node());
    return response;
  }

  @Override
  public Outcome of(Throwable thrown) {
    return ClientFailures.of(thrown);
  }

  @Override
  public Outcome ofResult(@Nullable Object result) {
    return result instanceof BalancedResponse response ? response.outcome() : Outcome.CANCELLED;
  }

  @Override
  public long pushbackNanos(@Nullable Object result, @Nullable Throwable thrown) {
    // No connection or 429, but perhaps from where the endpoint has redirected what it had
    // processed.
    if (redirects && !service.failover().isIdempotent(facts)) {
      return NEVER;
    }
    return result instanceof BalancedResponse response
        ? HttpOutcomes.wishNanos(response.status(), response.getHeaders())
        : Outcomes.ofDefaults().pushbackNanos(result, thrown);
  }

  @Override
  public String toString() {
    return request.getMethod() + " " + request.getURI();
  }
}
