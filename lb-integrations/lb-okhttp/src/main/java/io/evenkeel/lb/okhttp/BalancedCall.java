package io.evenkeel.lb.okhttp;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.report.LoadHeaders;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import okhttp3.Call;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * What the balancer knows of one OkHttp call: the lease of its present attempt, and as what that
 * ends by {@link AttemptEvents}. One object for each call; all attempts and redirects share it.
 *
 * <p>A lease ends when OkHttp says that the call has ended ({@link #callEnd}, {@link #callFailed}),
 * which is when the response's body is closed or fails; or earlier, when another attempt begins,
 * for which OkHttp demands that the body is closed. A redirect within the service stays at its
 * endpoint and within its lease. Memory: as in {@link AttemptEvents}.
 */
final class BalancedCall extends AttemptEvents implements RequestContext {
  private final SideClient side;
  private @Nullable RequestContext caller;

  /** The affinity that was found in the request. */
  private long key;

  private @Nullable Lease lease;
  private volatile @Nullable Attempt attempt;
  private volatile @Nullable Generations generations;
  private volatile @Nullable Endpoint stale;
  private Outcome judged = Outcome.CANCELLED;

  private boolean answered;

  /** Whether OkHttp failed to send the request; it reads a response all the same. */
  private boolean unsent;

  private boolean bodyEnded;
  private boolean cautious;

  /** How many were followed. */
  private int redirects;

  private BalancedCall(Call call, OutcomeClassifier outcomes, SideClient side) {
    super(call, outcomes);
    this.side = side;
  }

  /** The call's object, which is the same one if an outer interceptor sends a request again. */
  static BalancedCall of(
      Interceptor.Chain chain, OutcomeClassifier outcomes, Keys keys, SideClient side) {
    Call call = chain.call();
    BalancedCall known = call.tag(BalancedCall.class);
    if (known == null) {
      BalancedCall created = new BalancedCall(call, outcomes, side);
      known = call.tag(BalancedCall.class, () -> created);
      call.addEventListener(known);
    }
    known.caller = chain.request().tag(RequestContext.class);
    known.key = keys.of(chain.request());
    known.redirects = 0;
    return known;
  }

  /** The object of a call that makes an attempt of this one. */
  BalancedCall beside(Call attempt) {
    BalancedCall beside = new BalancedCall(attempt, outcomes(), side);
    beside.caller = caller;
    beside.key = key;
    beside.redirects = redirects;
    beside.stale = stale;
    attempt.addEventListener(beside);
    return beside;
  }

  /** Makes calls beside this one. */
  SideClient side() {
    return side;
  }

  /** Begins an attempt; the one before it has ended, at the latest now. */
  Endpoint begin(Balancer balancer) throws NoEndpointIOException {
    end();
    try {
      return begin(balancer.lease(this), false);
    } catch (NoEndpointException e) {
      throw new NoEndpointIOException(e);
    }
  }

  /**
   * Begins an attempt that has a lease; the one before it has ended, at the latest now.
   *
   * @param cautious whether pooled connections are looked at before they are used, since a request
   *     that fails on one that was closed could not be sent again
   */
  Endpoint begin(Lease begun, boolean cautious) {
    end();
    forget();
    this.cautious = cautious;
    lease = begun;
    Endpoint endpoint = begun.endpoint();
    permit(begun.node().addresses(endpoint));
    return endpoint;
  }

  /** Goes on at the endpoint of the attempt before, within its lease: it has sent a redirect. */
  Endpoint again() {
    forget();
    return requireNonNull(attempt).endpoint();
  }

  @Override
  void forget() {
    super.forget();
    judged = Outcome.CANCELLED;
    answered = false;
    unsent = false;
    bodyEnded = false;
  }

  /** Whether the call still holds a connection which this attempt must not use. */
  boolean turnsTo(Attempt next, Generations generations) {
    Attempt before = attempt;
    attempt = next;
    this.generations = generations;
    return isConnected() && before != null && !before.shares(next);
  }

  /**
   * Starts the account of the attempt again, which letting go of a connection has left its marks
   * in.
   *
   * @throws IOException if the connection is still held: an interceptor has answered the request
   *     that was to release it, and the next one would go to the wrong endpoint, or out in clear
   */
  void mustHaveLetGo() throws IOException {
    forget();
    if (isConnected()) {
      throw new IOException(
          "connection: still held (expected: no interceptor after BalancerInterceptor.install that"
              + " answers requests itself)");
    }
  }

  /** Whether a pooled connection is looked at before the request is sent on it. */
  boolean isCautious() {
    return cautious;
  }

  /** The headers have arrived; the lease goes on until the body has ended. */
  void answered(Response response) {
    answered = true;
    Response network = response.networkResponse();
    if (network == null) {
      // From the cache, or made up by another interceptor: the endpoint had no part in it.
      return;
    }
    judged = judge(response);
    Lease begun = lease;
    if (begun != null) {
      // Where a cached response was confirmed, its own headers are of another time.
      LoadHeaders.passOn(network::header, begun.node());
    }
    if (response.code() == 101) {
      // A web socket may be open for days: what is judged is the handshake.
      end();
    }
    endIfOkHttpForgets();
  }

  /** Tells the node for how long an endpoint that has failed asks to be spared. */
  void passOnWish(Response response) {
    Lease begun = lease;
    if (begun != null && judged.isFailure()) {
      long nanos = FailoverCall.retryAfterNanos(response);
      if (nanos > 0) {
        begun.node().pushback(nanos);
      }
    }
  }

  /**
   * The attempt has failed before there was a response.
   *
   * @param idempotent whether the request may be processed twice
   * @return whether to send the request once more: the connection came from the pool and broke
   *     before the endpoint answered, which nearly always means that it had been closed before. The
   *     attempt that is repeated is not held against the endpoint.
   */
  boolean repeats(IOException failure, Request request, boolean idempotent) {
    if (stale == null && lease != null && isStale(failure, request, idempotent)) {
      metStale(lease.endpoint());
      judged = Outcome.CANCELLED;
      end();
      return true;
    }
    failed(failure);
    return false;
  }

  /** A pooled connection of this endpoint was closed; the next one is held against its own. */
  void metStale(Endpoint endpoint) {
    stale = endpoint;
  }

  /** The attempt has failed, and is not sent again by the adapter. */
  void failed(IOException failure) {
    judged = judge(failure);
    if (failure instanceof SocketTimeoutException && judged != Outcome.CANCELLED) {
      waitedInVain();
    }
  }

  /** The attempt was interrupted because it took too long. */
  Outcome interrupted() {
    judged = judgeInterrupt();
    waitedInVain();
    return judged;
  }

  /** Where this connection led, others of its time may lead nowhere as well. */
  private void waitedInVain() {
    Attempt vain = attempt;
    Generations ending = generations;
    if (vain != null && ending != null) {
      ending.end(vain.endpoint(), vain.generation());
    }
  }

  /** What is known of the present attempt. */
  Outcome judged() {
    return judged;
  }

  int redirects() {
    return redirects;
  }

  /** An attempt begins again where as many had been followed. */
  void redirects(int followed) {
    redirects = followed;
  }

  /** Another redirect is followed. */
  void redirected() throws ProtocolException {
    if (++redirects > Redirects.MAX) {
      throw new ProtocolException("Too many follow-up requests: " + redirects);
    }
  }

  /** Ends the attempt, if there is one, by what is known of it. */
  void end() {
    end(isCancelled() && !judged.isFailure() ? Outcome.CANCELLED : judged);
  }

  private void end(Outcome outcome) {
    Lease ending = lease;
    if (ending != null) {
      lease = null;
      ending.end(outcome);
    }
  }

  @Override
  public void callEnd(Call same) {
    end();
  }

  @Override
  public void callFailed(Call same, IOException failure) {
    // How a callTimeout shows; OkHttp cancels the call for it, so this comes first.
    if (failure.getClass() == InterruptedIOException.class
        && "timeout".equals(failure.getMessage())) {
      if (!answered) {
        waitedInVain();
      }
      end(Outcome.TIMEOUT);
    } else {
      end();
    }
  }

  @Override
  public void requestFailed(Call same, IOException failure) {
    super.requestFailed(same, failure);
    unsent = true;
    broke(failure);
  }

  @Override
  public void responseBodyEnd(Call same, long byteCount) {
    bodyEnded = true;
    endIfOkHttpForgets();
  }

  @Override
  public void responseFailed(Call same, IOException failure) {
    super.responseFailed(same, failure);
    broke(failure);
    bodyEnded = true;
    endIfOkHttpForgets();
  }

  /**
   * Where headers could not be sent because the call was cancelled at that moment, and the response
   * came over HTTP/2 all the same, OkHttp takes the request for unfinished for ever, and never says
   * that the call has ended.
   */
  private void endIfOkHttpForgets() {
    if (unsent && answered && bodyEnded) {
      end();
    }
  }

  private void broke(IOException failure) {
    if (answered) {
      failed(failure);
    }
  }

  @Override
  public long affinity() {
    long own = caller == null ? 0 : caller.affinity();
    return own == 0 ? key : own;
  }

  @Override
  public boolean tried(Endpoint endpoint) {
    Endpoint closed = stale;
    return (closed != null && closed.id().equals(endpoint.id()))
        || (caller != null && caller.tried(endpoint));
  }

  @Override
  public <T> @Nullable T get(Key<T> key) {
    return caller == null ? null : caller.get(key);
  }
}
