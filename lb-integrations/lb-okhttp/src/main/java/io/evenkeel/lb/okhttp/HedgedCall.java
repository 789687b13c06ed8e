package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Lease;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.LeasedAttempt;
import io.evenkeel.lb.failover.LeasedAttempts;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;

/**
 * One request to a failover that hedges. An OkHttp call has one connection at a time, so each
 * attempt is a call of its own, beside the one that the caller has made; to cancel that one cancels
 * them.
 */
final class HedgedCall implements LeasedAttempts<Response> {
  private final Service service;
  private final Interceptor.Chain chain;
  private final BalancedCall call;
  private final Request request;
  private final FailoverSettings settings;
  private final long deadline;
  private final Queue<HedgedAttempt> attempts = new ConcurrentLinkedQueue<>();

  HedgedCall(
      Service service,
      Interceptor.Chain chain,
      BalancedCall call,
      Request request,
      FailoverSettings settings,
      long deadline) {
    this.service = service;
    this.chain = chain;
    this.call = call;
    this.request = request;
    this.settings = settings;
    // The caller's own call ends with the headers, and what limits it then; the body does not.
    long limit = chain.call().timeout().timeoutNanos();
    long last = System.nanoTime() + limit;
    this.deadline = limit > 0 && last - deadline < 0 ? last : deadline;
  }

  /**
   * Whether a request can be sent twice at once: it has no body, which two threads would read, and
   * its connection will not become the call's.
   */
  static boolean canBe(Request request) {
    return request.body() == null && request.header("Upgrade") == null;
  }

  /**
   * @param context what is known of the call
   */
  Response send(Failover failover, RequestContext context) throws IOException {
    call.onCancel(() -> attempts.forEach(LeasedAttempt::cancel));
    Response answer = failover.callHedged(context, this);
    for (HedgedAttempt attempt : attempts) {
      if (attempt.hasMade(answer)) {
        call.redirects(attempt.made().redirects());
        return attempt.made().finish(answer);
      }
    }
    throw new IllegalStateException("a response of no attempt: " + answer);
  }

  @Override
  public HedgedAttempt attempt(Lease lease, long limitNanos) {
    HedgedAttempt attempt = new HedgedAttempt(chain, call, request, lease, limitNanos, this::made);
    attempts.add(attempt);
    if (call.isCancelled()) {
      attempt.cancel();
    }
    return attempt;
  }

  private FailoverCall made(BalancedCall beside) {
    return new FailoverCall(service, chain, beside, request, settings, deadline);
  }
}
