package io.evenkeel.lb.spring;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Lease;
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
 * @param who names the host, for messages
 * @param addresses that it may have
 */
record Reach(String who, AddressPolicy addresses) {
  /** The endpoint of an attempt; null if its balancer has judged all that there is to judge. */
  static @Nullable Reach of(Lease lease) {
    AddressPolicy addresses = lease.node().addresses();
    Endpoint endpoint = lease.endpoint();
    return addresses == AddressPolicy.ANY || isAddress(endpoint.host())
        ? null
        : new Reach("the source of endpoint " + endpoint.authority(), addresses);
  }

  /** Endpoints at loopback may redirect to others there, as they do where one person develops. */
  static Reach ofRedirects(String service, Endpoint endpoint) {
    boolean loopback =
        !AddressPolicy.ROUTABLE.permits(endpoint.host())
            && AddressPolicy.LOOPBACK_TOO.permits(endpoint.host());
    return new Reach(
        "a redirect of " + service + " by endpoint " + endpoint.authority(),
        loopback ? AddressPolicy.LOOPBACK_TOO : AddressPolicy.ROUTABLE);
  }

  /** Whether it takes no look-up, which may block, to judge a host. */
  boolean isKnown(String host) {
    return addresses == AddressPolicy.ANY || isAddress(host) || !addresses.permits(host);
  }

  /** The last label of a name is no number, and names have no colons. */
  private static boolean isAddress(String host) {
    if (host.indexOf(':') >= 0) {
      return true;
    }
    for (int i = host.lastIndexOf('.') + 1; i < host.length(); i++) {
      if (host.charAt(i) < '0' || host.charAt(i) > '9') {
        return false;
      }
    }
    return true;
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
          who
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
    if (!isAddress(host)) {
      for (InetAddress address : resolver.resolve(host)) {
        if (!addresses.permits(address)) {
          return address.getHostAddress();
        }
      }
    }
    return null;
  }
}
