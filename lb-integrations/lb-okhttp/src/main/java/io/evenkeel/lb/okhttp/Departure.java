package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.util.List;
import okhttp3.Connection;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Where a redirect may lead a call that leaves the services by it. An endpoint that is not trusted
 * could else have this process call itself, or the metadata service of its cloud. It is a tag of
 * the request, which OkHttp passes on to the requests that further redirects lead to.
 *
 * <p>The first host is judged before anybody connects to it. The others are OkHttp's to follow, and
 * it asks no Dns for literal addresses; so each is judged by the address of its connection, before
 * a request is sent there. What a proxy looks up is not seen here.
 *
 * @param service that the call has left
 * @param endpoint that has redirected it
 * @param addresses that a redirect may lead to
 */
record Departure(String service, String endpoint, AddressPolicy addresses) {
  static Departure by(Response redirect) {
    Endpoint endpoint = redirect.request().tag(Endpoint.class);
    return new Departure(
        redirect.request().url().host(),
        endpoint == null ? "unknown" : endpoint.authority(),
        endpoint == null ? AddressPolicy.ROUTABLE : AddressPolicy.ofRedirects(endpoint));
  }

  /** Sends the first request elsewhere. */
  Response send(Interceptor.Chain chain, Request request) throws IOException {
    String host = request.url().host();
    judge(host);
    return chain
        .withDns(new Guarded(host, chain.getDns(), this))
        .proceed(request.newBuilder().tag(Departure.class, this).build());
  }

  /**
   * Judges the connection that a request is about to be sent on; on the network side.
   *
   * @throws IOException if a redirect must not lead there
   */
  static void check(Interceptor.Chain chain) throws IOException {
    Request request = chain.request();
    Departure departure = request.tag(Departure.class);
    if (departure == null || request.tag(BalancedCall.class) != null) {
      return;
    }
    HttpUrl url = request.url();
    departure.judge(url.host());
    Connection connection = chain.connection();
    if (connection != null && connection.route().proxy().type() == Proxy.Type.DIRECT) {
      InetAddress address = connection.route().socketAddress().getAddress();
      if (!departure.addresses.permits(address)) {
        throw new IOException(departure.refusal(url.host(), address.getHostAddress()));
      }
    }
  }

  private void judge(String host) throws IOException {
    if (!addresses.permits(host)) {
      throw new IOException(refusal(host, host));
    }
  }

  private String refusal(String host, String address) {
    return service
        + ": endpoint "
        + endpoint
        + " redirects to "
        + host
        + ", but AddressPolicy."
        + addresses
        + " refuses "
        + address
        + " (expected: a redirect to a service or to a permitted address)";
  }

  /**
   * Refuses addresses of one host; other names, such as that of a proxy, are the client's alone.
   * Equal by what it permits, since pooled connections are compared by it.
   */
  private static final class Guarded implements Dns {
    private final String host;
    private final Dns client;
    private final Departure departure;

    Guarded(String host, Dns client, Departure departure) {
      this.host = host;
      this.client = client;
      this.departure = departure;
    }

    @Override
    public List<InetAddress> lookup(String name) throws UnknownHostException {
      List<InetAddress> found = client.lookup(name);
      if (!name.equals(host)) {
        return found;
      }
      List<InetAddress> permitted = PinnedDns.permitted(found, departure.addresses);
      if (permitted.isEmpty() && !found.isEmpty()) {
        throw new UnknownHostException(departure.refusal(host, PinnedDns.text(found)));
      }
      return permitted;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return this == other
          || (other instanceof Guarded that
              && departure.addresses == that.departure.addresses
              && host.equals(that.host)
              && client.equals(that.client));
    }

    @Override
    public int hashCode() {
      return host.hashCode();
    }
  }
}
