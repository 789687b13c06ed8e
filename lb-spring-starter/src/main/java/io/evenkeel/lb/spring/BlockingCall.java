package io.evenkeel.lb.spring;

import io.evenkeel.lb.Endpoint;
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
  private final Onward first;
  private final ClientHttpRequestExecution execution;
  private final @Nullable ObservedCall observed;
  private final RequestFacts facts;

  /** Of the latest attempt; null while no client has it. */
  private @Nullable Unfollowed client;

  private boolean redirected;
  private @Nullable Onward leads;

  /**
   * Begins a call, which is to be {@linkplain #send sent}.
   *
   * @param first what to send
   */
  BlockingCall(
      Service service, Onward first, ClientHttpRequestExecution execution, CallObserver observer) {
    this.service = service;
    this.first = first;
    this.execution = execution;
    HttpRequest request = first.request();
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
      BalancedResponse response = service.failover().callLeased(facts, this, this);
      return leads == null ? response.delivered(facts) : response;
    } catch (FailoverException e) {
      throw CallFailedException.of(e);
    }
  }

  /** Where its response leads, out of the service; null if it is for the caller. */
  @Nullable Onward leads() {
    return leads;
  }

  /** Redirects within the service are a part of the attempt. */
  @Override
  public BalancedResponse on(Lease lease, long limitNanos) throws IOException {
    redirected = false;
    client = null;
    // Once, since it may have other facts by the next time.
    Endpoint endpoint = lease.endpoint();
    Reach reach = Reach.of(endpoint, lease.node().addresses(endpoint));
    if (reach != null) {
      reach.judge(endpoint.host());
    }
    Onward sent = first;
    while (true) {
      HttpRequest logical = sent.request();
      Readdressed attempt = Readdressed.to(Targets.at(endpoint, logical.getURI()), logical);
      Unfollowed asked = new Unfollowed(attempt.getURI());
      client = asked;
      BalancedResponse response = exchange(attempt, sent.body(), asked, lease);
      Onward next = sent.after(response, asked, attempt.getURI());
      if (next == null || !next.stays()) {
        leads = next == null ? null : next.within(Reach.ofRedirects(service.name(), endpoint));
        return response;
      }
      response.leave();
      redirected = true;
      sent = next;
    }
  }

  private BalancedResponse exchange(
      Readdressed attempt, byte[] content, Unfollowed asked, Lease lease) throws IOException {
    String header = service.deadlineHeader();
    if (header != null) {
      attempt.getHeaders().set(header, Long.toString(facts.leftMillis()));
    }
    BalancedResponse response =
        BalancedResponse.of(asked.during(() -> execution.execute(attempt, content)), lease);
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
    Unfollowed asked = client;
    boolean unsure = redirected || (asked != null && asked.mayFollow());
    if (unsure && !service.failover().isIdempotent(facts)) {
      return NEVER;
    }
    return result instanceof BalancedResponse response
        ? HttpOutcomes.wishNanos(response.status(), response.getHeaders())
        : Outcomes.ofDefaults().pushbackNanos(result, thrown);
  }

  @Override
  public String toString() {
    return first.request().getMethod() + " " + first.request().getURI();
  }
}
