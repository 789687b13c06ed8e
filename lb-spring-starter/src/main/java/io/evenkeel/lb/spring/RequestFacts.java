package io.evenkeel.lb.spring;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.failover.CallContext;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a failover may know of an HTTP request to a service: what can be seen of it, and what the
 * {@linkplain LoadBalancers#CONTEXT context} among its attributes says. Thread-safe where that is.
 */
final class RequestFacts implements RequestContext {
  private final Service service;
  private final Function<String, @Nullable String> headers;
  private final RequestContext outer;
  private final boolean idempotent;
  private final long deadlineNanos;

  /**
   * @param headers of the request, the first of each name
   * @param outer what the caller says of it
   * @param idempotent whether the request itself shows that it may be repeated
   */
  RequestFacts(
      Service service,
      Function<String, @Nullable String> headers,
      RequestContext outer,
      boolean idempotent) {
    this.service = service;
    this.headers = headers;
    this.outer = outer;
    this.idempotent = idempotent;
    long limit = service.failover().deadline().toNanos();
    this.deadlineNanos = Ticker.system().read() + CallContext.limitNanos(this, limit);
  }

  /** What the caller says of a request in its attributes. */
  static RequestContext said(Map<String, Object> attributes) {
    return attributes.get(LoadBalancers.CONTEXT) instanceof RequestContext known
        ? known
        : RequestContext.none();
  }

  /** How long the call may still take, the body of its response included. */
  long leftNanos() {
    return deadlineNanos - Ticker.system().read();
  }

  /** The same for the deadline header to say: at least 1. */
  long leftMillis() {
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(leftNanos()));
  }

  /** The body of the response has not come by then. */
  IOException late() {
    return new SocketTimeoutException(
        service.name() + ": the response was not over within the call's deadline");
  }

  @Override
  public long affinity() {
    long own = outer.affinity();
    return own != 0 ? own : service.affinity().of(headers);
  }

  @Override
  public boolean tried(Endpoint endpoint) {
    return outer.tried(endpoint);
  }

  @Override
  public <T> @Nullable T get(Key<T> key) {
    T fact = outer.get(key);
    return fact == null && idempotent && key.equals(CallContext.IDEMPOTENT) ? key.cast(true) : fact;
  }
}
