package io.evenkeel.lb.okhttp;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.Interceptor;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * What the balancer knows of one OkHttp call: the lease of its present attempt, and what has
 * happened to it so far. One object for each call; all attempts and redirects share it.
 *
 * <p>A lease ends when OkHttp says that the call has ended ({@link #callEnd}, {@link #callFailed}),
 * which is when the response's body is closed or fails; or earlier, when another attempt begins,
 * for which OkHttp demands that the body is closed. A redirect within the service stays at its
 * endpoint and within its lease.
 *
 * <p>Memory: plain fields. The thread that executes the call writes them; the thread that closes
 * the body reads them after OkHttp's own lock on the call has passed from one to the other. Connect
 * events may come late from a connection attempt that lost a race; all that they can do is to
 * prevent a repeat.
 */
final class BalancedCall extends EventListener implements RequestContext {
  private final Call call;
  private final OutcomeClassifier outcomes;
  private @Nullable RequestContext caller;

  /** The affinity that was found in the request. */
  private long key;

  private @Nullable Lease lease;
  private @Nullable Attempt attempt;
  private @Nullable Endpoint stale;
  private Outcome judged = Outcome.CANCELLED;

  /** What the call holds; it may keep one from attempt to attempt. */
  private @Nullable Connection connection;

  private boolean reached;
  private boolean connecting;
  private boolean sent;
  private boolean broken;
  private boolean responding;
  private boolean answered;

  /** Whether OkHttp failed to send the request; it reads a response all the same. */
  private boolean unsent;

  private boolean bodyEnded;

  /** Whether a pooled connection is looked at before the request is sent on it. */
  private boolean cautious;

  /** Whether that has shown that it is closed. */
  private boolean foundClosed;

  /** Whether a body of the call was begun to be sent, in any attempt. */
  private boolean bodySent;

  /** How many were followed. */
  private int redirects;

  private BalancedCall(Call call, OutcomeClassifier outcomes) {
    this.call = call;
    this.outcomes = outcomes;
  }

  /** The call's object, which is the same one if an outer interceptor sends a request again. */
  static BalancedCall of(Interceptor.Chain chain, OutcomeClassifier outcomes, Keys keys) {
    Call call = chain.call();
    BalancedCall known = call.tag(BalancedCall.class);
    if (known == null) {
      BalancedCall created = new BalancedCall(call, outcomes);
      known = call.tag(BalancedCall.class, () -> created);
      call.addEventListener(known);
    }
    known.caller = chain.request().tag(RequestContext.class);
    known.key = keys.of(chain.request());
    known.redirects = 0;
    known.cautious = false;
    return known;
  }

  /** Begins an attempt; the one before it has ended, at the latest now. */
  Endpoint begin(Balancer balancer) throws NoEndpointIOException {
    end();
    try {
      Lease begun = balancer.lease(this);
      begin(begun);
      return begun.endpoint();
    } catch (NoEndpointException e) {
      throw new NoEndpointIOException(e);
    }
  }

  /** Begins an attempt that has a lease; the one before it has ended, at the latest now. */
  void begin(Lease begun) {
    end();
    forget();
    lease = begun;
  }

  /** Goes on at the endpoint of the attempt before, within its lease: it has sent a redirect. */
  Endpoint again() {
    forget();
    return requireNonNull(attempt).endpoint();
  }

  private void forget() {
    judged = Outcome.CANCELLED;
    reached = false;
    connecting = false;
    sent = false;
    broken = false;
    responding = false;
    answered = false;
    unsent = false;
    bodyEnded = false;
    foundClosed = false;
  }

  private boolean isConnected() {
    return connection != null;
  }

  /** Whether the call still holds a connection which this attempt must not use. */
  boolean turnsTo(Attempt next) {
    Attempt before = attempt;
    attempt = next;
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

  /**
   * Whether pooled connections are looked at before they are used from now on, since a request that
   * fails on one that was closed could not be sent again.
   */
  void looksAtConnections(boolean cautious) {
    this.cautious = cautious;
  }

  /**
   * Nothing was sent yet. A pooled HTTP/1 connection that the endpoint has closed shows it only to
   * who reads from it, which takes a millisecond if it has not. Over HTTP/2 somebody always reads.
   *
   * @throws IOException if it is closed
   */
  void mustBeOpen() throws IOException {
    Connection held = connection;
    if (cautious && held != null && !connecting && isHttp1(held)) {
      foundClosed = isClosed(held.socket());
      if (foundClosed) {
        broken = true;
        throw new IOException("the pooled connection was closed");
      }
    }
  }

  /** HTTP/2 has more than one name. */
  private static boolean isHttp1(Connection connection) {
    Protocol protocol = connection.protocol();
    return protocol == Protocol.HTTP_1_1 || protocol == Protocol.HTTP_1_0;
  }

  private static boolean isClosed(Socket socket) {
    try {
      int timeout = socket.getSoTimeout();
      socket.setSoTimeout(1);
      try {
        // What comes unasked is as good as its end.
        int unused = socket.getInputStream().read();
        return true;
      } catch (SocketTimeoutException silent) {
        socket.setSoTimeout(timeout);
        return false;
      }
    } catch (IOException e) {
      return true;
    }
  }

  /** The headers have arrived; the lease goes on until the body has ended. */
  void answered(Response response) {
    answered = true;
    Response network = response.networkResponse();
    if (network == null) {
      // From the cache, or made up by another interceptor: the endpoint had no part in it.
      return;
    }
    judged = outcomes.classify(response);
    Lease begun = lease;
    if (begun != null) {
      // Where a cached response was confirmed, its own headers are of another time.
      Reports.pass(network, begun.node());
    }
    if (response.code() == 101) {
      // A web socket may be open for days: what is judged is the handshake.
      end();
    }
    endIfOkHttpForgets();
  }

  /**
   * How long the body of the response may pause. OkHttp sets the timeout of an HTTP/1 socket as it
   * sets okio's; over HTTP/2 a socket has none.
   */
  void mayPause(int millis) {
    Connection held = connection;
    if (held == null || !isHttp1(held)) {
      return;
    }
    try {
      held.socket().setSoTimeout(millis);
    } catch (SocketException e) {
      // It is closed, as whoever reads the body will see.
    }
  }

  /** Tells the node for how long an endpoint that has failed asks to be spared. */
  void passOnWish(Response response) {
    Lease begun = lease;
    if (begun != null && judged.isFailure()) {
      long nanos = RetryAfter.nanos(response);
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
    if (stale == null && lease != null && isStale(failure) && mayRepeat(request, idempotent)) {
      stale = lease.endpoint();
      judged = Outcome.CANCELLED;
      end();
      return true;
    }
    failed(failure);
    return false;
  }

  /** The attempt has failed, and is not sent again by the adapter. */
  void failed(IOException failure) {
    judged = judge(failure);
  }

  /**
   * The attempt was interrupted because it took too long. Before there was a connection, nothing
   * can have been processed.
   */
  Outcome interrupted() {
    judged = isConnected() || sent ? Outcome.TIMEOUT : Outcome.UNREACHABLE;
    return judged;
  }

  /** What is known of the present attempt. */
  Outcome judged() {
    return judged;
  }

  boolean isCancelled() {
    return call.isCanceled();
  }

  /** Whether a body was begun to be sent, so that one that can be sent once is used up. */
  boolean hasSentBody() {
    return bodySent;
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

  private boolean isStale(IOException failure) {
    return isConnected()
        && !connecting
        && broken
        && !responding
        && !call.isCanceled()
        && !(failure instanceof InterruptedIOException)
        && !(failure instanceof ProtocolException)
        && !isReset(failure);
  }

  /** A reset of one HTTP/2 stream is an answer of a live connection. */
  private static boolean isReset(IOException failure) {
    String message = failure.getMessage();
    return message != null && message.startsWith("stream was reset");
  }

  /** What is idempotent; and any request whose headers did not get out. */
  private boolean mayRepeat(Request request, boolean idempotent) {
    if (!sent) {
      return true;
    }
    RequestBody body = request.body();
    return idempotent && (body == null || !(body.isOneShot() || body.isDuplex()));
  }

  private Outcome judge(IOException failure) {
    boolean interrupted =
        failure instanceof InterruptedIOException && !(failure instanceof SocketTimeoutException);
    if (call.isCanceled() || interrupted || isOwn(failure)) {
      return Outcome.CANCELLED;
    }
    return outcomes.classify(failure, isConnected() && !foundClosed);
  }

  /** The client's own failure, such as a request body that cannot be read: nothing broke. */
  boolean isOwn(IOException failure) {
    return isConnected() ? !broken && !(failure instanceof ProtocolException) : !reached;
  }

  /** Ends the attempt, if there is one, by what is known of it. */
  void end() {
    end(call.isCanceled() && !judged.isFailure() ? Outcome.CANCELLED : judged);
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
      end(Outcome.TIMEOUT);
    } else {
      end();
    }
  }

  @Override
  public void dnsStart(Call same, String domainName) {
    reached = true;
  }

  @Override
  public void connectStart(Call same, InetSocketAddress address, Proxy proxy) {
    reached = true;
    connecting = true;
  }

  @Override
  public void connectionAcquired(Call same, Connection connection) {
    this.connection = connection;
  }

  @Override
  public void connectionReleased(Call same, Connection connection) {
    this.connection = null;
  }

  @Override
  public void requestHeadersEnd(Call same, Request request) {
    sent = true;
  }

  @Override
  public void requestBodyStart(Call same) {
    bodySent = true;
  }

  @Override
  public void requestFailed(Call same, IOException failure) {
    unsent = true;
    broke(failure);
  }

  @Override
  public void responseHeadersStart(Call same) {
    responding = true;
  }

  @Override
  public void responseBodyEnd(Call same, long byteCount) {
    bodyEnded = true;
    endIfOkHttpForgets();
  }

  @Override
  public void responseHeadersEnd(Call same, Response response) {
    responding = true;
  }

  @Override
  public void responseFailed(Call same, IOException failure) {
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
    broken = true;
    if (answered) {
      judged = judge(failure);
    }
  }

  @Override
  public long affinity() {
    long own = caller == null ? 0 : caller.affinity();
    return own == 0 ? key : own;
  }

  @Override
  public boolean tried(Endpoint endpoint) {
    return (stale != null && stale.id().equals(endpoint.id()))
        || (caller != null && caller.tried(endpoint));
  }

  @Override
  public <T> @Nullable T get(Key<T> key) {
    return caller == null ? null : caller.get(key);
  }
}
