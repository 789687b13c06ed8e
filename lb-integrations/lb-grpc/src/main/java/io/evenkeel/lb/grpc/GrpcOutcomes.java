package io.evenkeel.lb.grpc;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.failover.Outcomes;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the status of a gRPC call says of the endpoint, for calls that a {@link
 * io.evenkeel.lb.failover.Failover} makes. Thread-safe. Needs the module {@code lb-failover}.
 *
 * <pre>{@code
 * Failover failover = Failover.builder(orders).outcomes(GrpcOutcomes.of()).build();
 * }</pre>
 *
 * <ul>
 *   <li>{@code UNAVAILABLE} is a failure, and {@link Outcome#UNREACHABLE} where its cause says that
 *       there was no connection. {@code DEADLINE_EXCEEDED} is a time-out.
 *   <li>{@code UNKNOWN}, {@code INTERNAL}, {@code DATA_LOSS}, {@code UNIMPLEMENTED} and {@code
 *       RESOURCE_EXHAUSTED} are failures. The last one is not taken for {@link Outcome#REJECTED}:
 *       it is also how an answer ends that is too long for the caller, after all was done.
 *   <li>{@code CANCELLED} says nothing. With every other status, such as {@code NOT_FOUND}, the
 *       endpoint has answered as it should.
 *   <li>{@code UNIMPLEMENTED} would be the same everywhere, and is not repeated.
 *   <li>{@code grpc-retry-pushback-ms} in the trailers is how long the endpoint asks to be spared;
 *       negative or not a number, it forbids to repeat the call (gRFC A6).
 * </ul>
 *
 * <p>What has no status in its chain of causes, or none before what another failover has given up,
 * is judged as {@link Outcomes#ofDefaults} does.
 */
public final class GrpcOutcomes implements Outcomes {
  private static final GrpcOutcomes INSTANCE = new GrpcOutcomes();

  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  /** Longer chains are loops, or nobody's. */
  private static final int DEEPEST = 32;

  private GrpcOutcomes() {}

  /** The only one there is. */
  public static GrpcOutcomes of() {
    return INSTANCE;
  }

  @Override
  public Outcome of(Throwable thrown) {
    Throwable failed = withStatus(thrown);
    return failed == null ? Outcomes.ofDefaults().of(thrown) : of(status(failed));
  }

  private static Outcome of(Status status) {
    return switch (status.getCode()) {
      case UNAVAILABLE -> unavailable(status.getCause());
      case DEADLINE_EXCEEDED -> Outcome.TIMEOUT;
      case UNKNOWN, INTERNAL, DATA_LOSS, UNIMPLEMENTED, RESOURCE_EXHAUSTED -> Outcome.FAILURE;
      case CANCELLED -> Outcome.CANCELLED;
      default -> Outcome.SUCCESS;
    };
  }

  private static Outcome unavailable(@Nullable Throwable cause) {
    return cause != null && Outcomes.ofDefaults().of(cause) == Outcome.UNREACHABLE
        ? Outcome.UNREACHABLE
        : Outcome.FAILURE;
  }

  @Override
  public long pushbackNanos(@Nullable Object result, @Nullable Throwable thrown) {
    Throwable failed = thrown == null ? null : withStatus(thrown);
    if (failed == null) {
      return Outcomes.ofDefaults().pushbackNanos(result, thrown);
    }
    if (status(failed).getCode() == Status.Code.UNIMPLEMENTED) {
      return NEVER;
    }
    Metadata trailers = Status.trailersFromThrowable(failed);
    String wish = trailers == null ? null : trailers.get(PUSHBACK);
    return wish == null ? NO_WISH : nanos(wish);
  }

  private static long nanos(String millis) {
    try {
      long wish = Long.parseLong(millis);
      // Saturates.
      return wish < 0 ? NEVER : TimeUnit.MILLISECONDS.toNanos(wish);
    } catch (NumberFormatException e) {
      return NEVER;
    }
  }

  /** The outermost of the chain that has a status. */
  private static @Nullable Throwable withStatus(Throwable thrown) {
    Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (cause instanceof FailoverException) {
        // It was tried elsewhere enough, whatever it came to.
        return null;
      }
      if (cause instanceof StatusRuntimeException || cause instanceof StatusException) {
        return cause;
      }
      cause = cause.getCause();
    }
    return null;
  }

  private static Status status(Throwable failed) {
    return Status.fromThrowable(failed);
  }

  @Override
  public String toString() {
    return "GrpcOutcomes";
  }
}
