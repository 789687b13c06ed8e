package io.evenkeel.lb;

import java.net.InetAddress;

/**
 * Which addresses endpoints may have. Whoever controls discovery, or answers with a redirect, could
 * else have this process call what only it can reach: itself, its neighbours on the link, and the
 * metadata service of its cloud, which hands out credentials. Each policy permits what the one
 * before it permits, and more.
 *
 * <p>Private networks, such as {@code 10.0.0.0/8} and {@code fc00::/7}, are where services live, so
 * every policy permits them. An IPv4 address in an IPv6 address (IPv4-mapped, IPv4-compatible, 6to4
 * and {@code 64:ff9b::/96} of NAT64) is judged as that IPv4 address.
 */
public enum AddressPolicy {
  /**
   * Not loopback, link-local ({@code 169.254.0.0/16}, {@code fe80::/10}), unspecified ({@code
   * 0.0.0.0/8}, {@code ::}), multicast or broadcast addresses, nor those elsewhere at which clouds
   * hand out metadata and credentials: {@code fd00:ec2::/32} (AWS, all of its services on the
   * instance), {@code fd20:ce::254} (Google), {@code fd00:42::42} (Scaleway), {@code
   * 100.100.100.200} (Alibaba), {@code 168.63.129.16} (Azure) and {@code 192.0.0.192} (Oracle).
   */
  ROUTABLE,

  /** Loopback addresses as well, for sidecars and for a developer's machine. */
  LOOPBACK_TOO,

  /** Every address, for endpoints that the program itself names. */
  ANY;

  /** Whether endpoints may have this address. */
  public boolean permits(InetAddress address) {
    return this == ANY || compareTo(strictest(address.getAddress())) >= 0;
  }

  /**
   * What can be said of a host without a look-up: an address is judged; {@code localhost} and the
   * names below it count as loopback addresses; every other name is permitted, until it is known
   * which addresses it has. Numbers that are no address in its usual form, such as {@code 127.1},
   * are refused, since parsers read them differently.
   *
   * @param host a name, or an IPv4 or IPv6 address, with or without brackets and zone id
   */
  public boolean permits(String host) {
    return this == ANY || compareTo(strictest(host)) >= 0;
  }

  /** As of its host, which was judged when the endpoint was built. */
  boolean permits(Endpoint endpoint) {
    return compareTo(endpoint.strictest()) >= 0;
  }

  /**
   * Whether a host is a name, so that only a look-up can say which addresses it has. All others are
   * addresses, or numbers that some parsers take for one.
   *
   * @param host as {@link #permits(String)} takes it
   */
  public static boolean isName(String host) {
    return !Hosts.isNumeric(host);
  }

  /**
   * Where a redirect by an endpoint may lead: to routable addresses, and to loopback addresses if
   * the endpoint is at one, as all are where one person develops. What its source permits does not
   * count, since that is said of endpoints.
   */
  public static AddressPolicy ofRedirects(Endpoint endpoint) {
    return endpoint.strictest() == LOOPBACK_TOO ? LOOPBACK_TOO : ROUTABLE;
  }

  /** The first that permits it. */
  private static AddressPolicy strictest(String host) {
    if (!Hosts.isNumeric(host)) {
      return ofName(host);
    }
    byte[] address = Hosts.parse(host);
    return address == null ? ANY : strictest(address);
  }

  /** The first that permits a host that is a name. */
  static AddressPolicy ofName(String name) {
    return Hosts.isLocalhost(name) ? LOOPBACK_TOO : ROUTABLE;
  }

  /** The first that permits it. */
  static AddressPolicy strictest(byte[] address) {
    return address.length == 4 ? ofIpv4(address, 0) : ofIpv6(address);
  }

  private static AddressPolicy ofIpv6(byte[] a) {
    if (zeros(a, 0, 10) && a[10] == -1 && a[11] == -1) {
      return ofIpv4(a, 12);
    }
    if (zeros(a, 0, 15) && a[15] == 1) {
      return LOOPBACK_TOO;
    }
    // IPv4-compatible; "::" would be 0.0.0.0.
    if (zeros(a, 0, 12)) {
      return ofIpv4(a, 12);
    }
    int first = number(a, 0);
    if (first == 0x0064ff9b && zeros(a, 4, 12)) {
      return ofIpv4(a, 12);
    }
    if (first >>> 16 == 0x2002) {
      return ofIpv4(a, 2);
    }
    boolean metadata =
        switch (first) {
          case 0xfd000ec2 -> true;
          case 0xfd2000ce -> zeros(a, 4, 12) && number(a, 12) == 0x254;
          case 0xfd000042 -> zeros(a, 4, 12) && number(a, 12) == 0x42;
          default -> false;
        };
    boolean linkLocal = first >>> 22 == 0xfe80 >>> 6;
    boolean multicast = first >>> 24 == 0xff;
    return metadata || linkLocal || multicast ? ANY : ROUTABLE;
  }

  private static AddressPolicy ofIpv4(byte[] a, int from) {
    int address = number(a, from);
    return switch (address >>> 24) {
      case 0 -> ANY;
      case 127 -> LOOPBACK_TOO;
      // Of link-local and metadata.
      case 169 -> address >>> 16 == 0xa9fe ? ANY : ROUTABLE;
      case 100 -> address == 0x646464c8 ? ANY : ROUTABLE;
      case 168 -> address == 0xa83f8110 ? ANY : ROUTABLE;
      case 192 -> address == 0xc00000c0 ? ANY : ROUTABLE;
      case 255 -> address == 0xffffffff ? ANY : ROUTABLE;
      default -> address >>> 28 == 0xe ? ANY : ROUTABLE;
    };
  }

  private static int number(byte[] a, int from) {
    return (a[from] & 0xff) << 24
        | (a[from + 1] & 0xff) << 16
        | (a[from + 2] & 0xff) << 8
        | (a[from + 3] & 0xff);
  }

  private static boolean zeros(byte[] a, int from, int to) {
    for (int i = from; i < to; i++) {
      if (a[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
