package io.evenkeel.lb.failover;

import io.evenkeel.lb.Outcome;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Judges by the exceptions of the JDK. */
enum DefaultOutcomes implements Outcomes {
  INSTANCE;

  /** Longer chains are loops, or nobody's. */
  private static final int DEEPEST = 32;

  @Override
  public Outcome of(Throwable thrown) {
    Outcome seen = Outcome.CANCELLED;
    Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      Outcome outcome = judge(cause);
      if (outcome != null) {
        seen = outcome;
        // A general one may have a cause that says more.
        if (outcome != Outcome.FAILURE) {
          return outcome;
        }
      }
      cause = cause.getCause();
    }
    return seen;
  }

  /** Null for what says nothing by itself. */
  private static @Nullable Outcome judge(Throwable thrown) {
    if (thrown instanceof ConnectException
        || thrown instanceof NoRouteToHostException
        || thrown instanceof PortUnreachableException
        || thrown instanceof UnknownHostException
        || thrown instanceof UnresolvedAddressException
        || isConnectTimeout(thrown)) {
      return Outcome.UNREACHABLE;
    }
    if (thrown instanceof SocketTimeoutException
        || thrown instanceof TimeoutException
        || thrown.getClass().getName().equals("java.net.http.HttpTimeoutException")) {
      return Outcome.TIMEOUT;
    }
    if (thrown instanceof InterruptedException
        || thrown instanceof InterruptedIOException
        || thrown instanceof ClosedByInterruptException
        || thrown instanceof CancellationException) {
      return Outcome.CANCELLED;
    }
    if (thrown instanceof IOException || thrown instanceof FailoverException) {
      return Outcome.FAILURE;
    }
    return null;
  }

  /**
   * The JDK says so by a class of its HTTP client, which is a module of its own, and of its sockets
   * by a message.
   */
  private static boolean isConnectTimeout(Throwable thrown) {
    return thrown.getClass().getName().equals("java.net.http.HttpConnectTimeoutException")
        || (thrown instanceof SocketTimeoutException
            && "Connect timed out".equalsIgnoreCase(thrown.getMessage()));
  }

  @Override
  public long pushbackNanos(@Nullable Object result, @Nullable Throwable thrown) {
    return FailoverException.in(thrown) ? NEVER : NO_WISH;
  }

  @Override
  public String toString() {
    return "Outcomes.ofDefaults()";
  }
}
