package io.evenkeel.lb;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostsTest {
  private static final Pattern BLANKS = Pattern.compile("[ \\n]+");

  @ParameterizedTest
  @CsvSource({
    "Orders.Example.COM, orders.example.com",
    "orders., orders",
    "a_b, a_b",
    "_http._tcp.orders, _http._tcp.orders",
    "10.0.0.1, 10.0.0.1",
    "10.0.0.1., 10.0.0.1",
    "255.255.255.255, 255.255.255.255",
    "0.0.0.0, 0.0.0.0",
    "199.100.99.9, 199.100.99.9",
    "1.2.3.4.example, 1.2.3.4.example",
    "1a, 1a",
    "0xg, 0xg",
  })
  void aNameOrIpv4AddressHasOneForm(String host, String canonical) {
    assertThat(canonical(host)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @CsvSource({
    "::, ::",
    "::1, ::1",
    "[::1], ::1",
    "0:0:0:0:0:0:0:1, ::1",
    "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
    "2001:0db8::0001, 2001:db8::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "1:0:0:2:0:0:0:3, 1:0:0:2::3",
    "1::, 1::",
    "0:0:1::, 0:0:1::",
    "[fe80::1%eth0], fe80::1%eth0",
    "FE80::1%Eth0, fe80::1%Eth0",
    "fe80::1%12, fe80::1%12",
    "::ffff:10.0.0.1, 10.0.0.1",
    "[::FFFF:0a00:0001], 10.0.0.1",
    "::10.0.0.1, ::a00:1",
    "64:ff9b::10.0.0.1, 64:ff9b::a00:1",
  })
  void anIpv6AddressHasTheFormOfRfc5952(String host, String canonical) {
    assertThat(canonical(host)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @CsvSource({
    "b\u00fccher.example, xn--bcher-kva.example",
    "B\u00dcCHER.example, xn--bcher-kva.example",
    "b\u00fccher., xn--bcher-kva",
    "b\u00fccher\u3002example\u3002, xn--bcher-kva.example",
    "XN--BCHER-KVA.example, xn--bcher-kva.example",
    "\u212aelvin, kelvin",
    "\uff11\uff10.0.0.1, 10.0.0.1",
  })
  void anInternationalNameIsPunycode(String host, String canonical) {
    assertThat(canonical(host)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "\t",
        "a b",
        " a",
        "a ",
        "a\r",
        "a\n",
        "a\r\nHost: b",
        "a\0",
        "\0",
        "a\177",
        "a\u0085",
        "a\u2028b",
        "a\u2029b"
      })
  void blanksAndControlCharactersAreRefused(String host) {
    assertRefused(host);
  }

  @Test
  void whatIsNoNameIsRefused() {
    assertAllRefused(
        """
        . .. a..b .a a.. -a a- a.-b a@b a/b a\\b a#b a?b a%00 a%2f a% a:b a:80 a* a,b a;b http://a
        a|b a"b a'b a<b a=b a+b a~b a$b a!b a&b (a)
        """);
  }

  @Test
  void charactersThatBecomeOthersAreRefused() {
    // As NFKC maps them, these are '/', '@', ':', '#', '?', '%', "a/c", "127.1", and dots where no
    // dot may be.
    assertAllRefused(
        """
        a\uff0fb a\uff20b a\uff1ab a\uff03b a\uff1fb a\uff0500 \u2100 \uff11\uff12\uff17.\uff11
        a\u3002\u3002b \u3002a a\uff0e\uff61
        """);
    assertRefused("a\u00a0b"); // a space
  }

  @Test
  void charactersThatAreNotSeenAreRefused() {
    // A soft hyphen, joiners, directions, a byte order mark, a tag; halves of a character.
    assertAllRefused(
        "a\u00adb a\u200bb a\u200db \u202ea a\u2066b \ufeffa \udb40\udc41a a\ud800 \udc00a");
  }

  @Test
  void numbersThatParsersReadDifferentlyAreRefused() {
    assertAllRefused(
        """
        127.1 127.0.1 2130706433 0x7f.1 0x7f000001 0x 1.0x 0177.0.0.1 010.0.0.1 00.0.0.0 1.2.3.04
        256.0.0.1 1.2.3.256 1.2.3.300 1.2.3.4.5 1.2.3 1.2.3.4.. example.1 example.0x1f 1.2.3.4a.5
        999999999999
        """);
  }

  @Test
  void whatIsNoIpv6AddressIsRefused() {
    assertAllRefused(
        """
        [ ] [] [[::1]] [::1 ::1] : ::: 1::2::3 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 12345:: g:: [10.0.0.1]
        [a] ::1.2.3 ::1.2.3.256 ::010.0.0.1 ::1/64 fe80::1% fe80::1%00 fe80::1%0a fe80::1%2f
        fe80::1%25eth0 fe80::1%a/b fe80::1%a@b fe80::1%a%b [::1]%a [::1]a ::ffff:10.0.0.1%eth0
        fe80::1%a] ::\uff11
        """);
    assertRefused("::1 ");
    assertRefused("fe80::1%a\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 100})
  void aLabelHasAtMost63Characters(int length) {
    assertThat(canonical("a".repeat(63) + ".b")).hasSize(65);
    assertRefused("a".repeat(length) + ".b");
    assertRefused("\u00fc".repeat(length) + ".b");
  }

  @ParameterizedTest
  @ValueSource(ints = {254, 255, 256, 1 << 20})
  void aNameHasAtMost253Characters(int length) {
    String longest = "a.".repeat(126) + "a";
    assertThat(canonical(longest)).isEqualTo(longest);
    assertThat(canonical(longest + ".")).isEqualTo(longest);
    assertRefused("a.".repeat(length / 2) + "a".repeat(1 + length % 2));
    assertRefused("\u00fc".repeat(length));
  }

  @Property
  void anyTextIsRefusedOrHasOneFormOfHarmlessCharacters(@ForAll("texts") String text) {
    Throwable thrown = catchThrowable(() -> Hosts.canonical(text));
    if (thrown != null) {
      assertThat(thrown).isInstanceOf(IllegalArgumentException.class);
      assertThat(requireNonNull(thrown.getMessage()).chars())
          .allMatch(c -> c >= ' ' && c != 0x7f && c != 0x85);
    } else {
      String canonical = canonical(text);
      assertThat(canonical).matches("[a-z0-9_.-]+|[0-9a-f:]+(%[A-Za-z0-9._~-]+)?");
      assertThat(canonical(canonical)).isEqualTo(canonical);
      assertJudgedAsText(text);
    }
  }

  @Property
  void everyIpv6AddressHasOneForm(@ForAll("groups") int[] groups) {
    String full =
        IntStream.of(groups).mapToObj(Integer::toHexString).collect(Collectors.joining(":"));
    String padded =
        IntStream.of(groups)
            .mapToObj(group -> String.format("%04X", group))
            .collect(Collectors.joining(":"));
    String canonical = canonical(full);

    assertThat(canonical('[' + padded + ']')).isEqualTo(canonical);
    assertThat(canonical(canonical)).isEqualTo(canonical);
    assertThat(canonical.length()).isLessThanOrEqualTo(full.length());
    assertJudgedAsText(full);
  }

  @Property
  void everyIpv4AddressIsItsOwnForm(@ForAll int bits) {
    String text =
        (bits >>> 24) + "." + (bits >> 16 & 0xff) + "." + (bits >> 8 & 0xff) + "." + (bits & 0xff);

    assertThat(canonical(text)).isEqualTo(text);
    assertThat(canonical("::ffff:" + text)).isEqualTo(text);
    assertJudgedAsText(text);
    assertJudgedAsText("::ffff:" + text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"orders", "LocalHost.", "a.localhost", "127.0.0.1", "169.254.1.1", "[fe80::1%1]"})
  void aHostIsJudgedOnceAndForAll(String host) {
    assertJudgedAsText(host);
  }

  /** By what is parsed anyway, with the result that its canonical form would have. */
  private static void assertJudgedAsText(String host) {
    Hosts.Canonical canonical = Hosts.canonical(host);
    assertThat(Stream.of(AddressPolicy.values()).filter(each -> each.permits(canonical.text())))
        .startsWith(canonical.strictest());
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> anything = Arbitraries.strings().ofMaxLength(12);
    Arbitrary<String> nearlyHosts =
        Arbitraries.strings()
            .withChars("aZ09.-_:[]%@/\\#?\0\n\u00fc\u00df\u3002\uff0f\u200d\u0130")
            .ofMaxLength(12);
    return Arbitraries.oneOf(anything, nearlyHosts);
  }

  @Provide
  Arbitrary<int[]> groups() {
    return Arbitraries.frequencyOf(
            Tuple.of(2, Arbitraries.just(0)),
            Tuple.of(1, Arbitraries.integers().between(0, 0xffff)))
        .array(int[].class)
        .ofSize(8)
        .filter(groups -> !isMapped(groups));
  }

  private static boolean isMapped(int[] groups) {
    return groups[5] == 0xffff && IntStream.range(0, 5).allMatch(i -> groups[i] == 0);
  }

  private static String canonical(String host) {
    return Hosts.canonical(host).text();
  }

  private static void assertAllRefused(String hosts) {
    BLANKS.splitAsStream(hosts.trim()).forEach(HostsTest::assertRefused);
  }

  private static void assertRefused(String host) {
    assertThatThrownBy(() -> Hosts.canonical(host))
        .as(host)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("host: \"")
        .hasMessageEndingWith(
            "\" (expected: a name of letters, digits, '-', '_' and '.', or an IP address)")
        .message()
        .hasSizeLessThan(120 * 6 + 200)
        .matches(message -> message.codePoints().noneMatch(HostsTest::isHidden));
  }

  private static boolean isHidden(int c) {
    int type = Character.getType(c);
    return Character.isISOControl(c)
        || type == Character.FORMAT
        || type == Character.SURROGATE
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }
}
