package io.evenkeel.lb.failover.pattern;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.AsyncOperation;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.Operation;
import io.evenkeel.lb.failover.stage.Handover;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Sends writes to the primary and reads to its replicas. Who has written may read what was written:
 * a write gives a token, and a read with it goes only to replicas that are known to have come as
 * far. Thread-safe.
 *
 * <pre>{@code
 * Map<String, Long> positions = new ConcurrentHashMap<>(); // what replicas report
 * ReadWrite accounts =
 *     ReadWrite.of(
 *         Failover.of(orders),
 *         Failover.of(payments),
 *         replica -> positions.getOrDefault(replica.id(), Long.MIN_VALUE));
 * Written<Integer> written =
 *     accounts.write(
 *         context, endpoint -> get("http://" + endpoint.authority() + "/add"), log -> log);
 * accounts.readAfter(
 *     written.token(), context, endpoint -> get("http://" + endpoint.authority() + "/sum"));
 * }</pre>
 *
 * <p>Reads without a token may be as old as the replica is behind, and two of them in a row may go
 * back in time. They never go to the primary: one that has to take all reads as well is the next to
 * fail. Whether writes are repeated is up to the primary's {@link Failover}, as for any call.
 */
public final class ReadWrite {
  private final Failover primary;
  private final Failover replicas;
  private final ToLongFunction<Endpoint> position;

  private ReadWrite(Failover primary, Failover replicas, ToLongFunction<Endpoint> position) {
    this.primary = requireNonNull(primary, "primary");
    this.replicas = requireNonNull(replicas, "replicas");
    this.position = requireNonNull(position, "position");
  }

  /** Where it is not known how far replicas are: reads with a token go to the primary. */
  public static ReadWrite of(Failover primary, Failover replicas) {
    return new ReadWrite(primary, replicas, replica -> Long.MIN_VALUE);
  }

  /**
   * Where it is known how far replicas are.
   *
   * @param position up to where a replica is surely in step, in the unit of the tokens; {@link
   *     Long#MIN_VALUE} if that is not known. Called for each read with a token, by any number of
   *     threads: it must not block. What it throws is thrown to the caller
   */
  public static ReadWrite of(
      Failover primary, Failover replicas, ToLongFunction<Endpoint> position) {
    return new ReadWrite(primary, replicas, position);
  }

  /** Writes, as {@link Failover#call}. */
  public <T extends @Nullable Object> T write(RequestContext context, Operation<T> operation) {
    return primary.call(context, operation);
  }

  /**
   * Writes, as {@link Failover#call}.
   *
   * @param token takes from a result up to where a replica must have come to show the write
   */
  public <T extends @Nullable Object> Written<T> write(
      RequestContext context, Operation<T> operation, ToLongFunction<? super T> token) {
    requireNonNull(token, "token");
    T value = primary.call(context, operation);
    return new Written<>(value, token.applyAsLong(value));
  }

  /** Writes, as {@link Failover#callAsync}. */
  public <T extends @Nullable Object> CompletableFuture<T> writeAsync(
      RequestContext context, AsyncOperation<T> operation) {
    return primary.callAsync(context, operation);
  }

  /** Reads from a replica, as {@link Failover#call}. */
  public <T extends @Nullable Object> T read(RequestContext context, Operation<T> operation) {
    return replicas.call(context, operation);
  }

  /** Reads from a replica, as {@link Failover#callAsync}. */
  public <T extends @Nullable Object> CompletableFuture<T> readAsync(
      RequestContext context, AsyncOperation<T> operation) {
    return replicas.callAsync(context, operation);
  }

  /**
   * Reads from a replica that is in step up to a token at least, as {@link Failover#call}; where
   * none that can be used is, from the primary. A read that fails at one is retried as the
   * replicas' {@link Failover} says, and at the primary only if the balancer is left with those
   * behind.
   */
  public <T extends @Nullable Object> T readAfter(
      long token, RequestContext context, Operation<T> operation) {
    requireNonNull(operation, "operation");
    AtLeast fresh = new AtLeast(context, token, position);
    try {
      return replicas.call(
          fresh,
          endpoint -> {
            refuseIfBehind(fresh, endpoint);
            return operation.on(endpoint);
          });
    } catch (Behind | FailoverException e) {
      if (!isForThePrimary(e)) {
        throw e;
      }
      return primary.call(context, operation);
    }
  }

  /** As {@link #readAfter}, without waiting. To cancel the result cancels the read. */
  @SuppressWarnings("FutureReturnValueIgnored") // all results end in the promise
  public <T extends @Nullable Object> CompletableFuture<T> readAfterAsync(
      long token, RequestContext context, AsyncOperation<T> operation) {
    requireNonNull(operation, "operation");
    AtLeast fresh = new AtLeast(context, token, position);
    CompletableFuture<T> promise = new CompletableFuture<>();
    CompletableFuture<T> read =
        replicas.callAsync(
            fresh,
            endpoint -> {
              refuseIfBehind(fresh, endpoint);
              return operation.on(endpoint);
            });
    Handover.cancelWith(promise, read);
    read.whenComplete(
        (value, thrown) -> {
          if (thrown == null || !isForThePrimary(thrown)) {
            Handover.keep(promise, value, thrown);
          } else if (!promise.isDone()) {
            try {
              Handover.of(primary.callAsync(context, operation), promise);
            } catch (Throwable t) {
              // Such as what the context throws when it is asked again.
              promise.completeExceptionally(t);
            }
          }
        });
    return promise;
  }

  /** The balancer chooses one that is behind only where no other can be used. */
  private static void refuseIfBehind(AtLeast fresh, Endpoint endpoint) {
    if (fresh.isBehind(endpoint)) {
      throw new Behind(endpoint);
    }
  }

  /** Whether no replica is left that is in step: others are behind, or none can be used. */
  private static boolean isForThePrimary(Throwable thrown) {
    if (thrown instanceof FailoverException e) {
      boolean none = e.reason() == Reason.NO_ENDPOINT && e.attempts().isEmpty();
      // Outcomes of the replicas' failover may take it for a failure of the endpoint.
      return none || e.getCause() instanceof Behind;
    }
    return thrown instanceof Behind;
  }

  @Override
  public String toString() {
    return "ReadWrite[writes " + primary + ", reads " + replicas + "]";
  }

  /** A replica is not known to be in step. It says nothing of the replica's health. */
  private static final class Behind extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Behind(Endpoint endpoint) {
      super(endpoint.id() + " is behind", null, false, false);
    }
  }
}
