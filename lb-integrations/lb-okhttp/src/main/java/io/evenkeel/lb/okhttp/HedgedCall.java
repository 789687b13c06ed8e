package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Lease;
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
  private final Interceptor.Chain chain;
  private final BalancedCall call;
  private final Request request;
  private final FailoverCall made;
  private final Queue<HedgedAttempt> attempts = new ConcurrentLinkedQueue<>();

  /**
   * @param made what is made of the call, which has no attempt of its own
   */
  HedgedCall(Interceptor.Chain chain, BalancedCall call, Request request, FailoverCall made) {
    this.chain = chain;
    this.call = call;
    this.request = request;
    this.made = made;
  }

  /**
   * Whether a request can be sent twice at once: it has no body, which two threads would read, and
   * its connection will not become the call's.
   */
  static boolean canBe(Request request) {
    return request.body() == null && request.header("Upgrade") == null;
  }

  Response send(Failover failover) throws IOException {
    call.onCancel(() -> attempts.forEach(LeasedAttempt::cancel));
    Response answer = failover.callHedged(made, this);
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
    HedgedAttempt attempt =
        new HedgedAttempt(chain, call, request, lease, limitNanos, made::beside);
    attempts.add(attempt);
    if (call.isCancelled()) {
      attempt.cancel();
    }
    return attempt;
  }
}
