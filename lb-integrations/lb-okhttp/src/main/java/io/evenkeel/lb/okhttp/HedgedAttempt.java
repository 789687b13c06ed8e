package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Lease;
import io.evenkeel.lb.failover.LeasedAttempt;
import io.evenkeel.lb.failover.Outcomes;
import io.evenkeel.lb.failover.StaleConnectionException;
import java.io.IOException;
import java.util.function.Function;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.Call;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** One attempt of a {@link HedgedCall}: a call of the {@link SideClient}, and its account. */
final class HedgedAttempt implements LeasedAttempt<Response>, SideClient.Sender {
  private final Interceptor.Chain chain;
  private final BalancedCall caller;
  private final Lease lease;
  private final long limitNanos;
  private final Call call;
  private final FailoverCall made;
  private volatile @Nullable Response response;

  /**
   * @param chain of the call that it is a part of
   * @param made what an attempt makes of its account
   */
  HedgedAttempt(
      Interceptor.Chain chain,
      BalancedCall caller,
      Request request,
      Lease lease,
      long limitNanos,
      Function<BalancedCall, FailoverCall> made) {
    this.chain = chain;
    this.caller = caller;
    this.lease = lease;
    this.limitNanos = limitNanos;
    this.call = caller.side().newCall(request, this);
    this.made = made.apply(caller.beside(call));
  }

  @Override
  public Response make() throws IOException {
    Response answer = made.execute(call);
    response = answer;
    return answer;
  }

  /** Whether it has made this response. */
  @SuppressWarnings("ReferenceEquality") // each response is of one attempt
  boolean hasMade(Response answer) {
    return response == answer;
  }

  /** Who knows what the body of its response may take. */
  FailoverCall made() {
    return made;
  }

  @Override
  public Response send(Interceptor.Chain side) throws IOException {
    Response answer;
    try {
      answer = made.on(like(chain, side), lease, limitNanos);
    } catch (StaleConnectionException e) {
      caller.metStale(lease.endpoint());
      throw e;
    }
    if (answer == null) {
      throw made.own();
    }
    return answer;
  }

  /** With the settings of a chain whose client may differ from the one that this one is like. */
  private static Interceptor.Chain like(Interceptor.Chain chain, Interceptor.Chain side) {
    Interceptor.Chain like =
        side.withDns(chain.getDns())
            .withSocketFactory(chain.getSocketFactory())
            .withHostnameVerifier(chain.getHostnameVerifier())
            .withCertificatePinner(chain.getCertificatePinner())
            .withAuthenticator(chain.getAuthenticator())
            .withCookieJar(chain.getCookieJar())
            .withCache(chain.getCache())
            .withConnectionPool(chain.getConnectionPool());
    SSLSocketFactory sockets = chain.getSslSocketFactoryOrNull();
    X509TrustManager trust = chain.getX509TrustManagerOrNull();
    // Costly, and nearly always the same.
    return sockets == null || trust == null || isSame(side, sockets, trust)
        ? like
        : like.withSslSocketFactory(sockets, trust);
  }

  @SuppressWarnings("ReferenceEquality") // they have no equality of their own
  private static boolean isSame(
      Interceptor.Chain side, SSLSocketFactory sockets, X509TrustManager trust) {
    return side.getSslSocketFactoryOrNull() == sockets && side.getX509TrustManagerOrNull() == trust;
  }

  @Override
  public void cancel() {
    call.cancel();
  }

  @Override
  public Outcomes outcomes() {
    return made;
  }
}
