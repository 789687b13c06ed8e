package io.evenkeel.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  @ParameterizedTest
  @CsvSource({
    "ORDERS, orders",
    "orders., orders",
    "[::1], ::1",
    "0:0:0:0:0:0:0:1, ::1",
    "::ffff:10.0.0.1, 10.0.0.1",
    "b\u00fccher, xn--bcher-kva",
  })
  void twoSpellingsOfOneHostAreOneEndpoint(String one, String other) {
    assertThat(Endpoint.of(one, 80)).isEqualTo(Endpoint.of(other, 80));
    assertThat(Endpoint.of(one, 80).id()).isEqualTo(Endpoint.of(other, 80).id());
  }

  @Test
  void theIdIsTheAuthorityUnlessGiven() {
    assertThat(Endpoint.of("2001:DB8::1", 443).id()).isEqualTo("[2001:db8::1]:443");
    assertThat(Endpoint.builder("a", 1).id("x").build().id()).isEqualTo("x");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 65536, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void aPortOutOfRangeIsRefused(int port) {
    assertThatThrownBy(() -> Endpoint.of("a", port))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("port: " + port + " (expected: 1..65535)");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 65535})
  void theFirstAndTheLastPortAreTaken(int port) {
    assertThat(Endpoint.of("a", port).port()).isEqualTo(port);
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        -1,
        -Double.MIN_VALUE,
        1e9 + 1,
        Double.MAX_VALUE
      })
  void aWeightOutOfRangeIsRefused(double weight) {
    assertThatThrownBy(() -> Endpoint.builder("a", 1).weight(weight))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weight: " + weight + " (expected: 0..1e9)");
  }

  @Test
  void minusZeroIsZero() {
    Endpoint drained = Endpoint.builder("a", 1).weight(-0.0).build();

    assertThat(Double.doubleToRawLongBits(drained.weight())).isZero();
    assertThat(drained).isEqualTo(Endpoint.builder("a", 1).weight(0).build());
    assertThat(Endpoint.builder("a", 1).weight(Endpoint.MAX_WEIGHT).build().weight())
        .isEqualTo(1e9);
  }

  @Test
  void aNegativePriorityIsRefused() {
    assertThatThrownBy(() -> Endpoint.builder("a", 1).priority(-1))
        .hasMessage("priority: -1 (expected: >= 0)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\u2003"})
  void blankIdsZonesAndKeysAreRefused(String blank) {
    Endpoint.Builder builder = Endpoint.builder("a", 1);

    assertThatThrownBy(() -> builder.id(blank)).hasMessageStartingWith("id: \"");
    assertThatThrownBy(() -> builder.zone(blank)).hasMessageStartingWith("zone: \"");
    assertThatThrownBy(() -> builder.metadata(blank, "v"))
        .hasMessageStartingWith("metadata key: \"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\rb",
        "a\nb",
        "a\0b",
        "a\u001bb",
        "a\u0085b",
        "a\u2028b",
        "a\u202eb",
        "a\ud800b"
      })
  void charactersThatForgeLogsAreRefusedAndEscaped(String text) {
    Endpoint.Builder builder = Endpoint.builder("a", 1);
    String shown =
        String.format("\"a\\u%04xb\" (expected: no control characters)", (int) text.charAt(1));

    assertThatThrownBy(() -> builder.id(text)).hasMessage("id: " + shown);
    assertThatThrownBy(() -> builder.zone(text)).hasMessage("zone: " + shown);
    assertThatThrownBy(() -> builder.metadata(text, "v")).hasMessage("metadata key: " + shown);
    assertThatThrownBy(() -> builder.metadata("k", text)).hasMessage("metadata \"k\": " + shown);
  }

  @Test
  void metadataMayHaveWhatHostsMayNot() {
    Map<String, String> facts =
        Endpoint.builder("a", 1).metadata("url", "http://x/?a=%20#@\\").build().metadata();

    assertThat(facts).containsExactly(Map.entry("url", "http://x/?a=%20#@\\"));
    assertThatThrownBy(facts::clear).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void metadataIsLimitedInUtf8() {
    String exact = "\u00fc".repeat((Endpoint.MAX_METADATA_BYTES - 1) / 2) + "x";
    assertThat(Endpoint.builder("a", 1).metadata("k", exact).build().metadata()).hasSize(1);

    assertThatThrownBy(() -> Endpoint.builder("a", 1).metadata("k", exact + "x"))
        .hasMessage("metadata of a:1: 8193 bytes (expected: at most 8192)");
    assertThatThrownBy(() -> Endpoint.builder("a", 1).metadata("k", exact).metadata("l", ""))
        .hasMessage("metadata of a:1: 8193 bytes (expected: at most 8192)");
  }

  @Test
  void aReplacedFactGivesItsRoomBack() {
    Endpoint.Builder builder = Endpoint.builder("a", 1);
    for (int i = 0; i < 10; i++) {
      builder.metadata("k", "x".repeat(8191)).metadata("k", "");
    }

    assertThat(builder.metadata("k", "y".repeat(8191)).build().metadata().get("k")).hasSize(8191);
  }

  @Test
  void aRefusedFactLeavesTheBuilderAsItWas() {
    Endpoint.Builder builder = Endpoint.builder("a", 1).metadata("k", "v");
    assertThatThrownBy(() -> builder.metadata("k", "x".repeat(8192)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.metadata("l", "x".repeat(8192)))
        .isInstanceOf(IllegalArgumentException.class);

    assertThat(builder.build()).isEqualTo(Endpoint.builder("a", 1).metadata("k", "v").build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "a",
        "a:",
        ":80",
        "a:b",
        "a:-1",
        "a:+1",
        "a: 80",
        "a:80 ",
        "a:123456",
        "::1:80",
        "a:b:80",
        "[::1]",
        "[::1]80",
        "a:\u0661",
        "a:80\n",
        "http://a:80",
        "a:80/"
      })
  void whatIsNoAuthorityIsRefused(String authority) {
    assertThatThrownBy(() -> Endpoint.parse(authority))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(expected: ")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void theTextShowsTheAddressAndWhatIsUnusual() {
    assertThat(Endpoint.of("A", 80)).hasToString("a:80");
    assertThat(
            Endpoint.builder("::1", 80)
                .id("x")
                .secure(true)
                .weight(2)
                .zone("z")
                .priority(1)
                .metadata("k", "v")
                .build())
        .hasToString("[::1]:80{id=x, secure=true, weight=2.0, zone=z, priority=1, metadata={k=v}}");
  }

  @Property
  void anAuthorityIsParsedToItsEndpoint(@ForAll("endpoints") Endpoint endpoint) {
    assertThat(Endpoint.parse(endpoint.authority()))
        .isEqualTo(Endpoint.of(endpoint.host(), endpoint.port()));
  }

  @Property
  void toBuilderKeepsEverything(@ForAll("endpoints") Endpoint endpoint) {
    Endpoint copy = endpoint.toBuilder().build();

    assertThat(copy)
        .isEqualTo(endpoint)
        .hasSameHashCodeAs(endpoint)
        .hasToString(endpoint.toString());
  }

  @Property
  void anyOtherFactMakesAnotherEndpointOfTheSameId(@ForAll("endpoints") Endpoint endpoint) {
    Endpoint[] others = {
      endpoint.toBuilder().secure(!endpoint.secure()).build(),
      endpoint.toBuilder().weight(endpoint.weight() + 1).build(),
      endpoint.toBuilder().zone(endpoint.zone() + "x").build(),
      endpoint.toBuilder().priority(endpoint.priority() + 1).build(),
      endpoint.toBuilder().metadata("another", "").build(),
      Endpoint.builder(endpoint.host() + "0", endpoint.port()).id(endpoint.id()).build(),
      Endpoint.builder(endpoint.host(), endpoint.port() - 1).id(endpoint.id()).build(),
    };

    assertThat(others)
        .allSatisfy(
            other -> {
              assertThat(other).isNotEqualTo(endpoint);
              assertThat(endpoint).isNotEqualTo(other);
              assertThat(other.id()).isEqualTo(endpoint.id());
            });
    assertThat(endpoint).isNotEqualTo(null).isNotEqualTo("a");
  }

  @Provide
  Arbitrary<Endpoint> endpoints() {
    Arbitrary<String> hosts =
        Arbitraries.of("a", "Orders.example.", "10.0.0.1", "[2001:db8::1]", "fe80::1%eth0", "::");
    Arbitrary<Integer> ports = Arbitraries.integers().between(2, 65535);
    Arbitrary<Double> weights = Arbitraries.doubles().between(0, 1000);
    Arbitrary<String> zones = Arbitraries.of("a", "b", "");
    Arbitrary<Integer> priorities = Arbitraries.integers().between(0, 3);
    Arbitrary<Map<String, String>> facts =
        Arbitraries.maps(Arbitraries.of("k", "l"), Arbitraries.of("", "v")).ofMaxSize(2);
    return Combinators.combine(
            hosts, ports, weights, zones, priorities, facts, Arbitraries.of(true, false))
        .as(
            (host, port, weight, zone, priority, metadata, secure) -> {
              Endpoint.Builder builder = Endpoint.builder(host, port).weight(weight);
              metadata.forEach(builder::metadata);
              return builder
                  .zone(zone.isEmpty() ? null : zone)
                  .priority(priority)
                  .secure(secure)
                  .build();
            });
  }
}
