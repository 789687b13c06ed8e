package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.AddressPolicy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import okhttp3.Dns;
import org.jspecify.annotations.Nullable;

/**
 * Leads one logical host to one endpoint, and leaves every other host to the client's own Dns.
 *
 * <p>Equal by value: OkHttp compares the Dns of a call with that of a pooled connection, so this is
 * what gives each endpoint its own pooled connections, and lets the next call find them. It also
 * keeps HTTP/2 from coalescing two logical hosts onto one connection. Pooled connections hold on to
 * it, so it must not refer to a call.
 *
 * @param host the logical host
 * @param target the endpoint's host: a name, which the client's Dns resolves, or an address
 * @param client the client's own Dns
 * @param addresses that the endpoint may have; of those that its name has, others are left out
 * @param generation of the endpoint's connections, which share nothing with those of another one
 */
record PinnedDns(String host, String target, Dns client, int generation, AddressPolicy addresses)
    implements Dns {
  @Override
  public List<InetAddress> lookup(String name) throws UnknownHostException {
    if (!name.equals(host)) {
      return client.lookup(name);
    }
    // The text of an address is parsed and never looked up.
    List<InetAddress> found =
        AddressPolicy.isName(target)
            ? client.lookup(target)
            : List.of(InetAddress.getByName(target));
    List<InetAddress> permitted = permitted(found, addresses);
    if (permitted.isEmpty() && !found.isEmpty()) {
      throw new UnknownHostException(
          host
              + ": AddressPolicy."
              + addresses
              + " refuses what the endpoint "
              + target
              + " resolves to: "
              + text(found)
              + " (expected: an address that its source permits)");
    }
    List<InetAddress> named = new ArrayList<>(permitted.size());
    for (InetAddress address : permitted) {
      named.add(named(address));
    }
    return named;
  }

  static List<InetAddress> permitted(List<InetAddress> found, AddressPolicy addresses) {
    return found.stream().filter(addresses::permits).toList();
  }

  static String text(List<InetAddress> found) {
    return found.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
  }

  /**
   * Written out, with what differs most often first: for each call OkHttp asks this of every
   * connection in its pool, and what records have of their own takes many times as long there.
   */
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof PinnedDns that
            && generation == that.generation
            && addresses == that.addresses
            && target.equals(that.target)
            && host.equals(that.host)
            && client.equals(that.client));
  }

  @Override
  public int hashCode() {
    return (31 * host.hashCode() + target.hashCode()) * 31 + generation;
  }

  /** Carries the logical host into error texts, and keeps anyone from looking the address up. */
  private InetAddress named(InetAddress address) throws UnknownHostException {
    // An IPv6 zone id would be lost.
    return target.indexOf('%') >= 0
        ? address
        : InetAddress.getByAddress(host, address.getAddress());
  }
}
