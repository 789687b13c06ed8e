package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Outcome;
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
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * What OkHttp's events tell of the present attempt of a call: how far it got, what broke, and what
 * that says of the endpoint. A part of {@link BalancedCall} and not a listener of its own, so that
 * a call has one object and OkHttp one listener.
 *
 * <p>Memory: mostly plain fields. The thread that executes the call writes them; the thread that
 * closes the body reads them after OkHttp's own lock on the call has passed from one to the other.
 * Connect events may come late from a connection attempt that lost a race; all that they can do is
 * to prevent a repeat. What a timer asks of an attempt that took too long, while that is still
 * under way, is volatile.
 */
abstract class AttemptEvents extends EventListener {
  private final Call call;
  private final OutcomeClassifier outcomes;

  /** What the call holds; it may keep one from attempt to attempt. */
  private volatile @Nullable Connection connection;

  private boolean reached;
  private boolean connecting;
  private volatile boolean sent;
  private boolean broken;
  private boolean responding;

  /** Whether the pooled connection was found to be closed before anything was sent on it. */
  private boolean foundClosed;

  /** Whether a body of the call was begun to be sent, in any attempt. */
  private boolean bodySent;

  private AddressPolicy addresses = AddressPolicy.ROUTABLE;

  private volatile @Nullable Runnable onCancel;

  AttemptEvents(Call call, OutcomeClassifier outcomes) {
    this.call = call;
    this.outcomes = outcomes;
  }

  final OutcomeClassifier outcomes() {
    return outcomes;
  }

  /** The endpoint of the attempts from now on may have these addresses. */
  final void permit(AddressPolicy permitted) {
    addresses = permitted;
  }

  final AddressPolicy addresses() {
    return addresses;
  }

  /** Another attempt begins, or the same one goes on with another request. */
  void forget() {
    reached = false;
    connecting = false;
    sent = false;
    broken = false;
    responding = false;
    foundClosed = false;
  }

  final boolean isCancelled() {
    return call.isCanceled();
  }

  /** What to do when it is cancelled; at once if it is already. Takes the place of the last one. */
  final void onCancel(Runnable action) {
    onCancel = action;
    if (isCancelled()) {
      action.run();
    }
  }

  final boolean isConnected() {
    return connection != null;
  }

  /** Whether a body was begun to be sent, so that one that can be sent once is used up. */
  final boolean hasSentBody() {
    return bodySent;
  }

  /**
   * Nothing was sent yet. A pooled HTTP/1 connection that the endpoint has closed shows it only to
   * who reads from it, which takes a millisecond if it has not. Over HTTP/2 somebody always reads.
   *
   * @throws IOException if it is closed
   */
  final void mustBeOpen() throws IOException {
    Connection held = connection;
    if (held != null && !connecting && isHttp1(held)) {
      foundClosed = isClosed(held.socket());
      if (foundClosed) {
        broken = true;
        throw new IOException("the pooled connection was closed");
      }
    }
  }

  /**
   * How long the body of the response may pause. OkHttp sets the timeout of an HTTP/1 socket as it
   * sets okio's; over HTTP/2 a socket has none.
   */
  final void mayPause(int millis) {
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

  /**
   * Whether the connection came from the pool and broke before the endpoint answered, and the
   * request may be sent once more: it is idempotent, or its headers did not get out.
   */
  final boolean isStale(IOException failure, Request request, boolean idempotent) {
    return isConnected()
        && !connecting
        && broken
        && !responding
        && !call.isCanceled()
        && !(failure instanceof InterruptedIOException)
        && !(failure instanceof ProtocolException)
        && !isReset(failure)
        && (!sent || (idempotent && canBeSentAgain(request)));
  }

  /** A reset of one HTTP/2 stream is an answer of a live connection. */
  private static boolean isReset(IOException failure) {
    String message = failure.getMessage();
    return message != null && message.startsWith("stream was reset");
  }

  static boolean canBeSentAgain(Request request) {
    RequestBody body = request.body();
    return body == null || !(body.isOneShot() || body.isDuplex());
  }

  /** The client's own failure, such as a request body that cannot be read: nothing broke. */
  final boolean isOwn(IOException failure) {
    return isConnected() ? !broken && !(failure instanceof ProtocolException) : !reached;
  }

  /** What a failure says of the endpoint. */
  final Outcome judge(IOException failure) {
    boolean interrupted =
        failure instanceof InterruptedIOException && !(failure instanceof SocketTimeoutException);
    if (call.isCanceled() || interrupted || isOwn(failure)) {
      return Outcome.CANCELLED;
    }
    return outcomes.classify(failure, isConnected() && !foundClosed);
  }

  /** What a response says of the endpoint. */
  final Outcome judge(Response response) {
    return outcomes.classify(response);
  }

  /**
   * What an interrupt says that came because the attempt took too long. Before there was a
   * connection, nothing can have been processed.
   */
  final Outcome judgeInterrupt() {
    return isConnected() || sent ? Outcome.TIMEOUT : Outcome.UNREACHABLE;
  }

  @Override
  public final void canceled(Call same) {
    Runnable action = onCancel;
    if (action != null) {
      action.run();
    }
  }

  @Override
  public final void dnsStart(Call same, String domainName) {
    reached = true;
  }

  @Override
  public final void connectStart(Call same, InetSocketAddress address, Proxy proxy) {
    reached = true;
    connecting = true;
  }

  @Override
  public final void connectionAcquired(Call same, Connection connection) {
    this.connection = connection;
  }

  @Override
  public final void connectionReleased(Call same, Connection connection) {
    this.connection = null;
  }

  @Override
  public final void requestHeadersEnd(Call same, Request request) {
    sent = true;
  }

  @Override
  public final void requestBodyStart(Call same) {
    bodySent = true;
  }

  @Override
  public void requestFailed(Call same, IOException failure) {
    broken = true;
  }

  @Override
  public final void responseHeadersStart(Call same) {
    responding = true;
  }

  @Override
  public final void responseHeadersEnd(Call same, Response response) {
    responding = true;
  }

  @Override
  public void responseFailed(Call same, IOException failure) {
    broken = true;
  }
}
