package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import java.net.Proxy;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way to one endpoint: the port and scheme of the endpoint are in the URL, its
 * address is in the Dns, and everything that names the service is as the caller wrote it.
 *
 * @param endpoint where it goes
 * @param generation of the endpoint's connections that it may use
 * @param addresses that the endpoint may have
 * @param logical what the caller sees of it
 * @param request what OkHttp sends
 * @param header of this attempt alone, which the caller does not see
 */
record Attempt(
    Endpoint endpoint,
    int generation,
    AddressPolicy addresses,
    Request logical,
    Request request,
    @Nullable String header) {
  static Attempt at(
      Endpoint endpoint,
      int generation,
      AddressPolicy addresses,
      Request from,
      @Nullable BalancedCall call,
      boolean cached) {
    HttpUrl url = from.url();
    String host = Service.bareHost(url);
    boolean secure = url.isHttps() || endpoint.secure();
    Request.Builder request = from.newBuilder().tag(Endpoint.class, endpoint);
    Request logical = request.build();
    request.url(address(url, host, secure, endpoint.port())).tag(BalancedCall.class, call);
    if (from.header("Host") == null) {
      boolean usual = url.port() == HttpUrl.defaultPort(url.scheme());
      request.header("Host", usual ? host : host + ':' + url.port());
    }
    if (cached && from.cacheUrlOverride() == null && from.method().equals("GET")) {
      // Else each port would have cached responses of its own.
      request.cacheUrlOverride(
          secure == url.isHttps() ? url : url.newBuilder().scheme("https").build());
    }
    return new Attempt(endpoint, generation, addresses, logical, request.build(), null);
  }

  private static HttpUrl address(HttpUrl url, String host, boolean secure, int port) {
    // Building a URL is the dearest step of all.
    if (port == url.port() && secure == url.isHttps() && host.length() == url.host().length()) {
      return url;
    }
    HttpUrl.Builder address = url.newBuilder().port(port);
    if (secure != url.isHttps()) {
      address.scheme("https");
    }
    if (host.length() != url.host().length()) {
      address.host(host);
    }
    return address.build();
  }

  /** The same with a header of this attempt alone, in place of the caller's of that name. */
  Attempt with(String name, String value) {
    Request told = request.newBuilder().header(name, value).build();
    return new Attempt(endpoint, generation, addresses, logical, told, name);
  }

  /**
   * The chain that leads to the endpoint, without OkHttp's own repeats, which would go past the
   * balancer, and without a proxy, which would look the name up itself.
   */
  Interceptor.Chain pin(Interceptor.Chain chain) {
    Interceptor.Chain pinned = chain.withDns(dns(chain.getDns()));
    if (chain.getRetryOnConnectionFailure()) {
      pinned = pinned.withRetryOnConnectionFailure(false);
    }
    return chain.getProxy() == null ? pinned.withProxy(Proxy.NO_PROXY) : pinned;
  }

  /** Leads to the endpoint. */
  PinnedDns dns(Dns client) {
    return new PinnedDns(request.url().host(), endpoint.host(), client, generation, addresses);
  }

  /** Whether the other one may use this one's connection; the port is compared by OkHttp. */
  boolean shares(Attempt other) {
    return generation == other.generation
        && addresses == other.addresses
        && endpoint.host().equals(other.endpoint.host())
        && request.isHttps() == other.request.isHttps();
  }

  /** The response as the endpoint sent it, to the request as the caller wrote it. */
  Response shown(Response response) {
    Request answered = response.request();
    return Withheld.restore(response)
        .newBuilder()
        .request(answered == request ? logical : logical(answered))
        .build();
  }

  /** An authenticator or another interceptor has added to the request. */
  private Request logical(Request answered) {
    Request.Builder shown =
        answered
            .newBuilder()
            .url(logical.url())
            .cacheUrlOverride(logical.cacheUrlOverride())
            .tag(BalancedCall.class, null);
    if (logical.header("Host") == null) {
      shown.removeHeader("Host");
    }
    if (header != null) {
      shown.removeHeader(header);
      logical.headers(header).forEach(value -> shown.addHeader(header, value));
    }
    return shown.build();
  }
}
