package io.evenkeel.lb;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {
  /** The edges of each range, just inside and just outside. */
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, ANY",
    "0.255.255.255, ANY",
    "1.0.0.0, ROUTABLE",
    "126.255.255.255, ROUTABLE",
    "127.0.0.0, LOOPBACK_TOO",
    "127.0.0.1, LOOPBACK_TOO",
    "127.255.255.255, LOOPBACK_TOO",
    "128.0.0.0, ROUTABLE",
    "169.253.255.255, ROUTABLE",
    "169.254.0.0, ANY",
    "169.254.169.254, ANY",
    "169.254.255.255, ANY",
    "169.255.0.0, ROUTABLE",
    "223.255.255.255, ROUTABLE",
    "224.0.0.0, ANY",
    "239.255.255.255, ANY",
    "240.0.0.0, ROUTABLE",
    "255.255.255.254, ROUTABLE",
    "255.255.255.255, ANY",
    "100.100.100.199, ROUTABLE",
    "100.100.100.200, ANY",
    "100.100.100.201, ROUTABLE",
    "168.63.129.15, ROUTABLE",
    "168.63.129.16, ANY",
    "168.63.129.17, ROUTABLE",
    "192.0.0.191, ROUTABLE",
    "192.0.0.192, ANY",
    "192.0.0.193, ROUTABLE",
    "10.0.0.1, ROUTABLE",
    "172.16.0.1, ROUTABLE",
    "192.168.0.1, ROUTABLE",
    "100.64.0.1, ROUTABLE",
    "93.184.216.34, ROUTABLE",
  })
  void ipv4(String address, AddressPolicy strictest) throws Exception {
    assertStrictest(address, strictest);
  }

  @ParameterizedTest
  @CsvSource({
    "::, ANY",
    "::1, LOOPBACK_TOO",
    "::2, ANY",
    "0:0:0:0:0:0:1:0, ANY",
    "0:0:0:0:1::1, ROUTABLE",
    "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ROUTABLE",
    "fe80::, ANY",
    "fe80::1%1, ANY",
    "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ANY",
    "fec0::, ROUTABLE",
    "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ROUTABLE",
    "ff00::, ANY",
    "ff02::1, ANY",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ANY",
    "fd00:ec1:ffff:ffff:ffff:ffff:ffff:ffff, ROUTABLE",
    "fd00:ec2::, ANY",
    "fd00:ec2::23, ANY",
    "fd00:ec2::254, ANY",
    "fd00:ec2:ffff:ffff:ffff:ffff:ffff:ffff, ANY",
    "fd00:ec3::, ROUTABLE",
    "fd20:ce::253, ROUTABLE",
    "fd20:ce::254, ANY",
    "fd20:ce::255, ROUTABLE",
    "fd20:ce:1::254, ROUTABLE",
    "fd20:cf::254, ROUTABLE",
    "fd00:42::41, ROUTABLE",
    "fd00:42::42, ANY",
    "fd00:42::43, ROUTABLE",
    "fd00:42::1:0:42, ROUTABLE",
    "fd00:43::42, ROUTABLE",
    "fc00::1, ROUTABLE",
    "2001:db8::1, ROUTABLE",
  })
  void ipv6(String address, AddressPolicy strictest) throws Exception {
    assertStrictest(address, strictest);
  }

  @ParameterizedTest
  @CsvSource({
    "::169.254.169.254, ANY",
    "::127.0.0.1, LOOPBACK_TOO",
    "::10.0.0.1, ROUTABLE",
    "64:ff9b::169.254.169.254, ANY",
    "64:ff9b::127.0.0.1, LOOPBACK_TOO",
    "64:ff9b::10.0.0.1, ROUTABLE",
    "64:ff9b:0:0:0:1:a9fe:a9fe, ROUTABLE",
    "64:ff9a::169.254.169.254, ROUTABLE",
    "64:ff9c::169.254.169.254, ROUTABLE",
    "2002:a9fe:a9fe::1, ANY",
    "2002:7f00:1::1, LOOPBACK_TOO",
    "2002:a00:1::1, ROUTABLE",
    "2001:a9fe:a9fe::1, ROUTABLE",
    "2003:a9fe:a9fe::1, ROUTABLE",
    "::ffff:169.254.169.254, ANY",
    "::ffff:127.0.0.1, LOOPBACK_TOO",
    "::ffff:10.0.0.1, ROUTABLE",
    "::fffe:169.254.169.254, ROUTABLE",
  })
  void ipv4InIpv6(String address, AddressPolicy strictest) throws Exception {
    assertStrictest(address, strictest);
  }

  /** The JDK makes most of these IPv4 addresses by itself, but not all. */
  @Test
  void anIpv4MappedAddressThatStayedIpv6IsJudgedByItsIpv4() throws Exception {
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    mapped[12] = (byte) 169;
    mapped[13] = (byte) 254;
    InetAddress address = Inet6Address.getByAddress("mapped", mapped, 1);
    assertThat(address).isInstanceOf(Inet6Address.class);
    assertThat(AddressPolicy.LOOPBACK_TOO.permits(address)).isFalse();
    assertThat(AddressPolicy.ANY.permits(address)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "LocalHost", "localhost.", "orders.localhost", "a.b.LOCALHOST."})
  void localhostIsLoopbackWithoutALookUp(String host) {
    assertStrictestOfHost(host, AddressPolicy.LOOPBACK_TOO);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "orders",
        "orders.internal",
        "notlocalhost",
        "localhost.example.com",
        "localhost2",
        "a1",
        "metadata.google.internal",
        "10.example",
        "beef.cafe",
        "xn--bcher-kva.example"
      })
  void otherNamesArePermittedUntilTheyAreResolved(String host) {
    assertStrictestOfHost(host, AddressPolicy.ROUTABLE);
  }

  @ParameterizedTest
  @CsvSource({
    "169.254.169.254., ANY",
    "[fe80::1%eth0], ANY",
    "fe80::1%eth0, ANY",
    "[::1], LOOPBACK_TOO",
    "[FD00:EC2::254], ANY",
    "[2001:DB8::1], ROUTABLE",
    "10.0.0.1., ROUTABLE"
  })
  void addressesAreJudgedInAnyFormThatAHostHas(String host, AddressPolicy strictest) {
    assertStrictestOfHost(host, strictest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.1",
        "2852039166",
        "0x7f.1",
        "0x7f000001",
        "010.0.0.1",
        "10.1",
        "1.2.3.4.5",
        "256.1.1.1",
        "a.1",
        ":",
        "1:2",
        "::g",
        "[::1",
        "1.2.3.4:5"
      })
  void numbersThatParsersReadDifferentlyAreRefused(String host) {
    assertStrictestOfHost(host, AddressPolicy.ANY);
  }

  @ParameterizedTest
  @CsvSource({
    "orders, true",
    "a.b.c1, true",
    "10.0.0.1.example, true",
    "evil.example., true",
    "localhost, true",
    "0xyz, true",
    "beef, true",
    "10.0.0.1, false",
    "10.0.0.1., false",
    "0X7F, false",
    "a.0x, false",
    "2001:db8::1, false",
    "fe80::1%eth0, false"
  })
  void namesAreWhatHasToBeLookedUp(String host, boolean name) {
    assertThat(AddressPolicy.isName(host)).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, LOOPBACK_TOO",
    "localhost, LOOPBACK_TOO",
    "::1, LOOPBACK_TOO",
    "10.0.0.1, ROUTABLE",
    "orders, ROUTABLE",
    "169.254.1.1, ROUTABLE"
  })
  void redirectsLeadToLoopbackFromThereAlone(String host, AddressPolicy policy) {
    assertThat(AddressPolicy.ofRedirects(Endpoint.of(host, 80))).isEqualTo(policy);
  }

  private static void assertStrictest(String address, AddressPolicy strictest) throws Exception {
    InetAddress parsed = InetAddress.getByName(address);
    for (AddressPolicy policy : AddressPolicy.values()) {
      assertThat(policy.permits(parsed))
          .as("%s permits %s", policy, address)
          .isEqualTo(policy.compareTo(strictest) >= 0);
    }
    assertStrictestOfHost(address, strictest);
  }

  private static void assertStrictestOfHost(String host, AddressPolicy strictest) {
    assertThat(Stream.of(AddressPolicy.values()).filter(each -> each.permits(host)).findFirst())
        .as(host)
        .contains(strictest);
  }
}
