package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Outcome;
import java.io.IOException;
import java.net.SocketTimeoutException;
import okhttp3.Response;

/**
 * Decides what a response or an exception says of the endpoint that it came from.
 *
 * <p>Most replacements judge responses alone:
 *
 * <pre>{@code
 * OutcomeClassifier defaults = OutcomeClassifier.ofDefaults();
 * BalancerInterceptor.builder()
 *     .balancer(orders)
 *     .outcomes(r -> r.code() == 404 ? Outcome.FAILURE : defaults.classify(r))
 *     .build();
 * }</pre>
 *
 * <p>It is not asked about what says nothing of the endpoint or is beyond doubt: a cancelled call,
 * an interrupted thread, a response from the cache and an exception of the client's own are {@link
 * Outcome#CANCELLED}; a call that runs into its {@code callTimeout} is {@link Outcome#TIMEOUT}.
 *
 * <p>Implementations are called on the request path by any number of threads. They must not read
 * the body. One that throws is reported once in the log, and the defaults decide instead.
 */
@FunctionalInterface
public interface OutcomeClassifier {
  /**
   * Judges by the status and headers. Should the body fail later, that is judged instead, by {@link
   * #classify(IOException, boolean)}.
   */
  Outcome classify(Response response);

  /**
   * Judges by an exception. By default {@link Outcome#UNREACHABLE} while there was no connection,
   * which includes a failed TLS handshake and a certificate that is not the service's; then {@link
   * Outcome#TIMEOUT} for a read or write that took too long, {@link Outcome#REJECTED} for a stream
   * that HTTP/2 refused, and {@link Outcome#FAILURE} for the rest, a body that was cut short
   * included.
   *
   * @param connected whether there was a connection, so that the endpoint may have seen the request
   */
  default Outcome classify(IOException failure, boolean connected) {
    if (!connected) {
      return Outcome.UNREACHABLE;
    }
    if (failure instanceof SocketTimeoutException) {
      return Outcome.TIMEOUT;
    }
    // OkHttp's StreamResetException is not exported; its message is all that can be seen of it.
    return "stream was reset: REFUSED_STREAM".equals(failure.getMessage())
        ? Outcome.REJECTED
        : Outcome.FAILURE;
  }

  /**
   * 429 is {@link Outcome#REJECTED}, 500 and above {@link Outcome#FAILURE}, everything else {@link
   * Outcome#SUCCESS}, 404 included: the endpoint answered as it should.
   */
  static OutcomeClassifier ofDefaults() {
    return DefaultOutcomes.INSTANCE;
  }
}
