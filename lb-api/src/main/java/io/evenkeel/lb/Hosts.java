package io.evenkeel.lb;

import java.net.IDN;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings host names and addresses into one canonical form, so that no endpoint has two names, and
 * refuses everything that could be taken for another part of a URL.
 */
final class Hosts {
  private static final int MAX_LENGTH = 253;
  private static final Pattern IPV6 = Pattern.compile("[0-9a-f:.]{2,45}");

  /** The number or name of an interface; never "00" or "2f", which are escapes after a '%'. */
  private static final Pattern ZONE_ID =
      Pattern.compile("[1-9][0-9]{0,9}|[A-Za-z][A-Za-z0-9._~-]{0,31}");

  private static final Pattern NAME =
      Pattern.compile(
          "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
              + "(?:\\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*");
  private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  private static final Pattern IPV4 =
      Pattern.compile(OCTET + "\\." + OCTET + "\\." + OCTET + "\\." + OCTET);

  private static final String LOCALHOST = "localhost";

  private Hosts() {}

  /** A host in its canonical form, and the first policy that permits it. */
  record Canonical(String text, AddressPolicy strictest) {}

  /** Whether it is the name of this machine to itself, or one below that (RFC 6761). */
  static boolean isLocalhost(String host) {
    int end = host.endsWith(".") ? host.length() - 1 : host.length();
    int start = end - LOCALHOST.length();
    return start >= 0
        && host.regionMatches(true, start, LOCALHOST, 0, LOCALHOST.length())
        && (start == 0 || host.charAt(start - 1) == '.');
  }

  /**
   * Whether it is an address, or what some parsers take for one, since its last label is a decimal
   * or hexadecimal number; everything else is a name.
   */
  static boolean isNumeric(String host) {
    if (host.indexOf(':') >= 0) {
      return true;
    }
    int end = host.endsWith(".") ? host.length() - 1 : host.length();
    int start = host.lastIndexOf('.', end - 1) + 1;
    boolean hex = host.regionMatches(true, start, "0x", 0, 2);
    for (int i = hex ? start + 2 : start; i < end; i++) {
      if (Character.digit(host.charAt(i), hex ? 16 : 10) < 0) {
        return false;
      }
    }
    return start < end;
  }

  /** The bytes of an address, without any look-up; null if it is none. */
  static byte @Nullable [] parse(String host) {
    String bare = lowerWithoutDot(host);
    if (bare.startsWith("[") && bare.endsWith("]")) {
      bare = bare.substring(1, bare.length() - 1);
    }
    int percent = bare.indexOf('%');
    String address = percent < 0 ? bare : bare.substring(0, percent);
    if (!IPV4.matcher(address).matches()
        && (address.indexOf(':') < 0 || !IPV6.matcher(address).matches())) {
      return null;
    }
    return bytes(address);
  }

  /** The bytes of what looks like an address; null if it is none. */
  private static byte @Nullable [] bytes(String address) {
    try {
      // What starts with a bracket, or is four octets, is parsed and never looked up.
      return InetAddress.getByName(address.indexOf(':') < 0 ? address : '[' + address + ']')
          .getAddress();
    } catch (UnknownHostException e) {
      return null;
    }
  }

  private static String lowerWithoutDot(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  /**
   * The canonical form: lower case without a trailing dot, punycode, or an address as in RFC 5952
   * without brackets.
   *
   * @throws IllegalArgumentException if it is not a host
   */
  static Canonical canonical(String host) {
    // Invisible characters, which IDN would drop, hide which host it is; and IDN takes a time that
    // grows with the square of the length.
    if (host.length() > MAX_LENGTH + 2 || Printable.hasUnsafe(host)) {
      throw refused(host, null);
    }
    String bare = host;
    boolean bracketed = bare.startsWith("[") && bare.endsWith("]");
    if (bracketed) {
      bare = bare.substring(1, bare.length() - 1);
    }
    if (bracketed || bare.indexOf(':') >= 0) {
      return canonicalIpv6(host, bare);
    }
    return canonicalName(host, bare);
  }

  private static Canonical canonicalName(String host, String bare) {
    String name = bare;
    if (!isAscii(name)) {
      try {
        name = IDN.toASCII(name);
      } catch (IllegalArgumentException e) {
        throw refused(host, e);
      }
    }
    name = name.toLowerCase(Locale.ROOT);
    if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    if (name.length() > MAX_LENGTH || !NAME.matcher(name).matches()) {
      throw refused(host, null);
    }
    if (!isNumeric(name)) {
      return new Canonical(name, AddressPolicy.ofName(name));
    }
    // "127.1" and "010.0.0.1" mean different addresses to different parsers.
    byte[] bytes = IPV4.matcher(name).matches() ? bytes(name) : null;
    if (bytes == null) {
      throw refused(host, null);
    }
    return new Canonical(name, AddressPolicy.strictest(bytes));
  }

  private static Canonical canonicalIpv6(String host, String bare) {
    int percent = bare.indexOf('%');
    String address = percent < 0 ? bare : bare.substring(0, percent);
    String zoneId = percent < 0 ? "" : bare.substring(percent + 1);
    address = address.toLowerCase(Locale.ROOT);
    String tail = address.substring(address.lastIndexOf(':') + 1);
    if (address.indexOf(':') < 0
        || (tail.indexOf('.') >= 0 && !IPV4.matcher(tail).matches())
        || !IPV6.matcher(address).matches()
        || (percent >= 0 && !ZONE_ID.matcher(zoneId).matches())) {
      throw refused(host, null);
    }
    byte[] bytes = bytes(address);
    // An IPv4-mapped address is the IPv4 endpoint under another name, and on no interface.
    if (bytes == null || (bytes.length == 4 && !zoneId.isEmpty())) {
      throw refused(host, null);
    }
    String text = bytes.length == 4 ? dotted(bytes) : compress(bytes);
    return new Canonical(
        zoneId.isEmpty() ? text : text + '%' + zoneId, AddressPolicy.strictest(bytes));
  }

  private static String dotted(byte[] bytes) {
    return (bytes[0] & 0xff)
        + "."
        + (bytes[1] & 0xff)
        + "."
        + (bytes[2] & 0xff)
        + "."
        + (bytes[3] & 0xff);
  }

  /** RFC 5952: the longest run of two or more zero groups, the first of equals, becomes "::". */
  private static String compress(byte[] bytes) {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
    int runStart = -1;
    int runLength = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > runLength) {
        runStart = i;
        runLength = end - i;
      }
      i = Math.max(i, end - 1);
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == runStart) {
        text.append("::");
        i += runLength - 1;
      } else {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 128);
  }

  private static IllegalArgumentException refused(String host, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "host: "
            + Printable.quote(host)
            + " (expected: a name of letters, digits, '-', '_' and '.', or an IP address)",
        cause);
  }
}
