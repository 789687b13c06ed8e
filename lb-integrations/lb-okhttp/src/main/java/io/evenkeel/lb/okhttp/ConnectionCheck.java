package io.evenkeel.lb.okhttp;

import java.io.IOException;
import okhttp3.Interceptor;
import okhttp3.Response;

/**
 * Looks at the pooled connection that a request is about to be sent on, where losing the request
 * would be final. On the network side, because only there the call holds its connection and has
 * sent nothing on it; and only in clients that have a failover, so that others do not pay for it.
 */
final class ConnectionCheck implements Interceptor {
  static final ConnectionCheck INSTANCE = new ConnectionCheck();

  private ConnectionCheck() {}

  @Override
  public Response intercept(Chain chain) throws IOException {
    BalancedCall call = chain.request().tag(BalancedCall.class);
    if (call != null && call.isCautious()) {
      call.mustBeOpen();
    }
    return chain.proceed(chain.request());
  }

  @Override
  public String toString() {
    return "BalancerInterceptor's look at connections";
  }
}
