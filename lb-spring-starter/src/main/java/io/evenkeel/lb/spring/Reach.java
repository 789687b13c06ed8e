package io.evenkeel.lb.spring;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.source.DnsSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * Which hosts a request may reach: an endpoint that its source may name, or where a redirect of an
 * endpoint may lead. Names are looked up before the client does it again by itself; the JVM
 * remembers for a while what it has found, for clients that ask it.
 *
 * @param redirected the service whose endpoint has redirected the request; null for the endpoint
 *     itself
 * @param endpoint for messages
 * @param addresses that the host may have
 */
record Reach(@Nullable String redirected, Endpoint endpoint, AddressPolicy addresses) {
  /**
   * The endpoint of an attempt; null if its balancer has judged all that there is to judge.
   *
   * @param addresses that its source permits it to have
   */
  static @Nullable Reach of(Endpoint endpoint, AddressPolicy addresses) {
    return addresses == AddressPolicy.ANY || !AddressPolicy.isName(endpoint.host())
        ? null
        : new Reach(null, endpoint, addresses);
  }

  /** Where a redirect by an endpoint may lead. */
  static Reach ofRedirects(String service, Endpoint endpoint) {
    return new Reach(service, endpoint, AddressPolicy.ofRedirects(endpoint));
  }

  /** Whether it takes no look-up, which may block, to judge a host. */
  boolean isKnown(String host) {
    return addresses == AddressPolicy.ANY
        || !AddressPolicy.isName(host)
        || !addresses.permits(host);
  }

  /**
   * Judges a host. May block to look it up.
   *
   * @throws UnknownHostException if it may not be reached, or has no address
   */
  void judge(String host) throws IOException {
    judge(host, InetAddress::getAllByName);
  }

  void judge(String host, DnsSource.Resolver resolver) throws IOException {
    String refused = refused(host, resolver);
    if (refused != null) {
      throw new UnknownHostException(
          (redirected == null
                  ? "the source of endpoint "
                  : "a redirect of " + redirected + " by endpoint ")
              + endpoint.authority()
              + " leads to "
              + host
              + ", but AddressPolicy."
              + addresses
              + " refuses "
              + refused
              + " (expected: an address that it permits)");
    }
  }

  private @Nullable String refused(String host, DnsSource.Resolver resolver) throws IOException {
    if (addresses == AddressPolicy.ANY) {
      return null;
    }
    if (!addresses.permits(host)) {
      return host;
    }
    if (AddressPolicy.isName(host)) {
      for (InetAddress address : resolver.resolve(host)) {
        if (!addresses.permits(address)) {
          return address.getHostAddress();
        }
      }
    }
    return null;
  }
}
