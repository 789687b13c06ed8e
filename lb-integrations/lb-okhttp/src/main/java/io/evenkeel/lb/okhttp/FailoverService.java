package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.CallObserver;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.failover.ObservedCall;
import java.io.IOException;
import java.io.InterruptedIOException;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** A service whose requests are sent until one succeeds, as a {@link Failover} allows. */
final class FailoverService extends Service {
  private final Failover failover;
  private final FailoverSettings settings;

  FailoverService(String host, Failover failover, FailoverSettings settings) {
    super(host, failover.balancer());
    this.failover = failover;
    this.settings = settings;
  }

  @Override
  Response send(Interceptor.Chain chain, BalancedCall call, Request request) throws IOException {
    long limit = CallContext.limitNanos(call, failover.deadline().toNanos());
    // The body of an attempt that is a call of its own outlives the caller's call and its timeout.
    long timeout = chain.call().timeout().timeoutNanos();
    long deadline = System.nanoTime() + (timeout > 0 ? Math.min(timeout, limit) : limit);
    CallObserver observer = settings.observer();
    ObservedCall observed =
        observer == null ? null : observer.begin(failover.balancer().name(), call, null);
    FailoverCall made = new FailoverCall(this, chain, call, request, settings, deadline, observed);
    return observed == null
        ? send(chain, call, request, made)
        : observed.make(() -> send(chain, call, request, made));
  }

  private Response send(
      Interceptor.Chain chain, BalancedCall call, Request request, FailoverCall made)
      throws IOException {
    try {
      return failover.isHedged(made) && HedgedCall.canBe(request)
          ? new HedgedCall(chain, call, request, made).send(failover)
          : inTurn(made);
    } catch (FailoverException e) {
      throw thrown(e);
    }
  }

  /** One attempt after the other, by the call itself. */
  @SuppressWarnings("NullAway") // T may be null; it does not see that in a class file of 17
  private Response inTurn(FailoverCall made) throws IOException {
    @Nullable Response response = failover.callLeased(made, made, made);
    return made.finish(response);
  }

  @SuppressWarnings("ReferenceEquality") // one for each service
  boolean isOf(Failover other) {
    return failover == other;
  }

  @Override
  boolean isCautious() {
    return true;
  }

  /** OkHttp hands only this kind of exception to callers. */
  private static IOException thrown(FailoverException e) {
    Throwable cause = e.getCause();
    return switch (e.reason()) {
      case NO_ENDPOINT ->
          e.attempts().isEmpty() && cause instanceof NoEndpointException none
              ? new NoEndpointIOException(none)
              : new FailoverIOException(e);
      case INTERRUPTED -> interrupted(e);
      // It says nothing of an endpoint, so that nothing was tried: it is as without a failover.
      case OPERATION -> cause instanceof IOException own ? own : new FailoverIOException(e);
      default -> new FailoverIOException(e);
    };
  }

  private static IOException interrupted(FailoverException e) {
    IOException thrown = new InterruptedIOException(e.getMessage());
    thrown.initCause(e);
    return thrown;
  }
}
