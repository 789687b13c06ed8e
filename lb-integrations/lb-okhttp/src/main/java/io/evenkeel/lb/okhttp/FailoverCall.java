package io.evenkeel.lb.okhttp;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.LeasedOperation;
import io.evenkeel.lb.failover.ObservedCall;
import io.evenkeel.lb.failover.Outcomes;
import io.evenkeel.lb.failover.StaleConnectionException;
import io.evenkeel.lb.http.HttpSemantics;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.util.concurrent.TimeoutException;
import okhttp3.Call;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import okio.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * One request to the service of a failover: what the failover may know of it, how an attempt is
 * made, and what its end says. What was seen of the present attempt is in the {@link BalancedCall},
 * so outcomes are read there, and not from the exception alone.
 *
 * <p>An attempt that ends for reasons of the client (the call was cancelled, its body could not be
 * read) ends the call. It is returned as if it were a response, an empty one, so that the lease
 * ends when the call does, and as what is known then: OkHttp cancels calls that run into their
 * {@code callTimeout}, too.
 */
final class FailoverCall implements RequestContext, Outcomes, LeasedOperation<@Nullable Response> {
  private final Service service;
  private final Interceptor.Chain chain;
  private final BalancedCall call;
  private final Request request;
  private final FailoverSettings settings;
  private final int redirectsBefore;
  private final long deadline;
  private final @Nullable ObservedCall observed;

  /** Whether a response of the present attempt has led to another request. */
  private boolean redirected;

  private @Nullable IOException own;

  /**
   * @param chain of the call; its settings apply wherever attempts are sent
   * @param deadline by okio's clock
   * @param observed null if it is not
   */
  FailoverCall(
      Service service,
      Interceptor.Chain chain,
      BalancedCall call,
      Request request,
      FailoverSettings settings,
      long deadline,
      @Nullable ObservedCall observed) {
    this.service = service;
    this.chain = chain;
    this.call = call;
    this.request = request;
    this.settings = settings;
    this.redirectsBefore = call.redirects();
    this.deadline = deadline;
    this.observed = observed;
  }

  /** The same request in an attempt that is a call of its own. */
  FailoverCall beside(BalancedCall attempt) {
    return new FailoverCall(service, chain, attempt, request, settings, deadline, observed);
  }

  /** Sends an attempt that is a call of its own, on its thread. */
  Response execute(Call attempt) throws IOException {
    return observed == null ? attempt.execute() : observed.within(attempt::execute);
  }

  @Override
  public @Nullable Response on(Lease lease, long limitNanos) throws IOException {
    return on(chain, lease, limitNanos);
  }

  /**
   * The same on a chain of another call, which has the same settings.
   *
   * @return null if the call ends with {@link #own}
   */
  @Nullable Response on(Interceptor.Chain sender, Lease lease, long limitNanos) throws IOException {
    call.begin(lease, !isIdempotent());
    call.redirects(redirectsBefore);
    redirected = false;
    long end = System.nanoTime() + limitNanos;
    Request sent = request;
    try {
      Response response = exchange(sender, lease.endpoint(), sent, end);
      Request next = service.within(response, chain);
      while (next != null) {
        Response prior;
        try {
          prior = Service.left(response, call);
        } catch (ProtocolException tooMany) {
          own = tooMany;
          return null;
        }
        redirected = true;
        sent = next;
        call.again();
        response = Service.following(prior, exchange(sender, lease.endpoint(), sent, end));
        next = service.within(response, chain);
      }
      return response;
    } catch (IOException e) {
      if (redirected) {
        // Not sent again, since that would begin before the redirect.
        call.failed(e);
      } else if (call.repeats(e, sent, isIdempotent())) {
        throw new StaleConnectionException(e);
      }
      if (call.isCancelled() || (call.isOwn(e) && !(e instanceof InterruptedIOException))) {
        own = e;
        return null;
      }
      throw e;
    }
  }

  private Response exchange(Interceptor.Chain sender, Endpoint endpoint, Request sent, long end)
      throws IOException {
    long now = System.nanoTime();
    Attempt attempt = service.attempt(endpoint, sent, call, sender);
    String header = settings.deadlineHeader();
    if (header != null) {
      long left = Math.max(1, NANOSECONDS.toMillis(deadline - now));
      attempt = attempt.with(header, Long.toString(left));
    }
    return service.exchange(limited(sender, end - now), call, attempt);
  }

  /** The chain whose timeouts are at most this. */
  private Interceptor.Chain limited(Interceptor.Chain sender, long nanos) {
    int millis = millis(nanos);
    int connect = Math.min(millis, millis(settings.connectNanos()));
    return sender
        .withConnectTimeout(shorter(chain.connectTimeoutMillis(), connect), MILLISECONDS)
        .withReadTimeout(shorter(chain.readTimeoutMillis(), millis), MILLISECONDS)
        .withWriteTimeout(shorter(chain.writeTimeoutMillis(), millis), MILLISECONDS);
  }

  /** Rounded up: to OkHttp, 0 is for ever. */
  private static int millis(long nanos) {
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, (nanos + 999_999) / 1_000_000));
  }

  private static int shorter(int timeout, int limit) {
    return timeout == 0 ? limit : Math.min(timeout, limit);
  }

  /** What the call ends with for reasons of the client. */
  IOException own() {
    return own != null ? own : new IOException("no response");
  }

  /** How many redirects the call has followed. */
  int redirects() {
    return call.redirects();
  }

  /** The response is the call's: its body may take what is left of the deadline. */
  Response finish(@Nullable Response response) throws IOException {
    if (response == null) {
      throw own();
    }
    call.passOnWish(response);
    if (response.networkResponse() != null && response.code() != 101) {
      Timeout body = response.body().source().timeout();
      // The attempt has answered: its limit has nothing to say of pauses in a long body.
      call.mayPause(chain.readTimeoutMillis());
      body.timeout(chain.readTimeoutMillis(), MILLISECONDS);
      if (!HttpSemantics.isEndless(response.header("Content-Type"))) {
        body.deadlineNanoTime(deadline);
      }
    }
    return response;
  }

  @Override
  public Outcome of(Throwable thrown) {
    if (thrown instanceof TimeoutException) {
      return call.interrupted();
    }
    return thrown instanceof IOException ? call.judged() : Outcome.CANCELLED;
  }

  @Override
  public Outcome ofResult(@Nullable Object result) {
    return result == null ? Outcome.CANCELLED : call.judged();
  }

  @Override
  public long pushbackNanos(@Nullable Object result, @Nullable Throwable thrown) {
    // An attempt that took too long may have been cancelled for that.
    if ((call.isCancelled() && !(thrown instanceof TimeoutException)) || !isRepeatable()) {
      return NEVER;
    }
    if (result instanceof Response response) {
      return HttpSemantics.isSameEverywhere(response.code()) ? NEVER : retryAfterNanos(response);
    }
    return NO_WISH;
  }

  /** For how long the endpoint asks to be spared; 0 if it does not. */
  static long retryAfterNanos(Response response) {
    return HttpSemantics.retryAfterNanos(response::header, response.receivedResponseAtMillis());
  }

  /** A redirect is an answer: the request that it answered was processed. */
  private boolean isRepeatable() {
    if (redirected && !isIdempotent()) {
      return false;
    }
    return AttemptEvents.canBeSentAgain(request) || !call.hasSentBody();
  }

  private boolean isIdempotent() {
    return Boolean.TRUE.equals(get(CallContext.IDEMPOTENT));
  }

  @Override
  public long affinity() {
    return call.affinity();
  }

  @Override
  public boolean tried(Endpoint endpoint) {
    return call.tried(endpoint);
  }

  @Override
  public <T> @Nullable T get(Key<T> key) {
    T fact = observed == null ? call.get(key) : observed.context().get(key);
    return fact == null
            && key.equals(CallContext.IDEMPOTENT)
            && HttpSemantics.isIdempotent(request.method(), request::header)
        ? key.cast(true)
        : fact;
  }

  @Override
  public String toString() {
    return "OutcomeClassifier";
  }
}
