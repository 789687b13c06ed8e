package io.evenkeel.lb.engine;

import static io.evenkeel.lb.engine.Fixture.endpoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent.ComponentFailed;
import io.evenkeel.lb.BalancerEvent.EndpointsChanged;
import io.evenkeel.lb.BalancerEvent.EndpointsRefused;
import io.evenkeel.lb.BalancerEvent.SetRefused;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.source.DnsSource;
import io.evenkeel.lb.source.PollingSource;
import io.evenkeel.lb.testkit.Allocations;
import io.evenkeel.lb.testkit.LogLines;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressesTest {
  private static final Endpoint METADATA = Endpoint.of("169.254.169.254", 80);
  private static final Endpoint SELF = Endpoint.of("127.0.0.1", 8080);
  private static final Endpoint SELF_BY_NAME = Endpoint.of("localhost", 8080);

  private final Fixture fixture = new Fixture();

  private Balancer balancer(AddressPolicy addresses) {
    return fixture.builder.source(fixture.source.withAddresses(addresses)).build();
  }

  @Test
  void endpointsThatThePolicyRefusesAreLeftOut() {
    Balancer balancer = balancer(AddressPolicy.ROUTABLE);
    fixture.source.publish(endpoint(1), METADATA, SELF, SELF_BY_NAME, endpoint(2));

    assertThat(balancer.endpoints()).isEqualTo(EndpointSet.of(endpoint(1), endpoint(2)));
    assertThat(balancer.nodes()).hasSize(2);
    assertThat(fixture.events)
        .containsExactly(
            new EndpointsRefused(
                "orders", List.of(SELF, METADATA, SELF_BY_NAME), AddressPolicy.ROUTABLE),
            new EndpointsChanged("orders", EndpointSet.of(), balancer.endpoints()));
  }

  @Test
  void theyAreToldOfOncePerChangeOfThem() {
    Balancer balancer = balancer(AddressPolicy.ROUTABLE);
    fixture.source.publish(endpoint(1), SELF);
    fixture.source.publish(endpoint(1), SELF);
    fixture.source.publish(endpoint(2), SELF);
    fixture.source.publish(endpoint(2), SELF.toBuilder().weight(3).metadata("load", "1").build());
    assertThat(fixture.events(EndpointsRefused.class)).hasSize(1);
    assertThat(fixture.events(EndpointsChanged.class)).hasSize(2);

    fixture.source.publish(endpoint(2), SELF, METADATA);
    assertThat(fixture.events(EndpointsRefused.class)).hasSize(2);
    fixture.source.publish(endpoint(2));
    fixture.source.publish(endpoint(2), SELF, METADATA);
    assertThat(fixture.events(EndpointsRefused.class)).hasSize(3);
    assertThat(balancer.endpoints()).isEqualTo(EndpointSet.of(endpoint(2)));
  }

  /** A line that says it once must not be lost to a limit on others. */
  @Test
  void eachChangeOfThemIsLoggedWhateverElseTheSourceHasDone() {
    Balancer unused = balancer(AddressPolicy.ROUTABLE);
    List<String> lines;
    try (LogLines log = LogLines.of("io.evenkeel.lb")) {
      fixture.source.publish(SELF);
      fixture.source.publish(endpoint(1), SELF);
      fixture.source.publish(endpoint(1), SELF);
      fixture.source.publish(endpoint(1), METADATA);
      lines = log.lines();
    }
    String line =
        "orders: source delivered endpoints that were left out (AddressPolicy.ROUTABLE refuses "
            + "%s; withAddresses(AddressPolicy.%s) of their source would permit it)";
    assertThat(lines)
        .hasSize(3)
        .endsWith(
            line.formatted("127.0.0.1:8080", "LOOPBACK_TOO"),
            line.formatted("169.254.169.254:80", "ANY"));
  }

  @Test
  void aSetOfWhichNothingIsLeftIsRefusedAndTheLastGoodOneStays() {
    Balancer balancer = balancer(AddressPolicy.ROUTABLE);
    fixture.source.publish(endpoint(1));
    fixture.source.publish(METADATA, SELF);

    assertThat(balancer.endpoints()).isEqualTo(EndpointSet.of(endpoint(1)));
    assertThat(fixture.events(EndpointsRefused.class)).isEmpty();
    assertThat(fixture.events(SetRefused.class))
        .containsExactly(
            new SetRefused(
                "orders",
                "AddressPolicy.ROUTABLE refuses 127.0.0.1:8080, 169.254.169.254:80;"
                    + " withAddresses(AddressPolicy.ANY) of their source would permit it"));
  }

  @Test
  void aFirstSetThatIsRefusedSaysWhyThereIsNoEndpoint() {
    Balancer balancer = balancer(AddressPolicy.ROUTABLE);
    fixture.source.publish(SELF, SELF_BY_NAME);

    assertThat(balancer.endpoints().isEmpty()).isTrue();
    assertThatThrownBy(() -> balancer.select(RequestContext.none()))
        .isInstanceOf(NoEndpointException.class)
        .hasMessage(
            "orders: the source's set was refused: AddressPolicy.ROUTABLE refuses 127.0.0.1:8080,"
                + " localhost:8080; withAddresses(AddressPolicy.LOOPBACK_TOO) of their source"
                + " would permit it");
  }

  @Test
  void aReasonNamesAFew() {
    Balancer unused = balancer(AddressPolicy.ROUTABLE);
    Endpoint[] many = new Endpoint[8];
    for (int i = 0; i < many.length; i++) {
      many[i] = Endpoint.of("127.0.0.1", 1 + i);
    }
    fixture.source.publish(many);
    assertThat(fixture.events(SetRefused.class).get(0).reason())
        .contains("127.0.0.1:5 and 3 more;")
        .doesNotContain("127.0.0.1:6");
  }

  @Test
  void anEndpointThatMovesToARefusedAddressLeaves() {
    Balancer balancer = balancer(AddressPolicy.ROUTABLE);
    Endpoint before = Endpoint.builder("10.0.0.1", 80).id("a").build();
    fixture.source.publish(before, endpoint(2));
    fixture.source.publish(Endpoint.builder("::1", 80).id("a").build(), endpoint(2));
    assertThat(balancer.endpoints()).isEqualTo(EndpointSet.of(endpoint(2)));
  }

  @ParameterizedTest
  @CsvSource({"ROUTABLE, 1", "LOOPBACK_TOO, 3", "ANY, 4"})
  void nodesSayWhichAddressesTheirEndpointsMayHave(AddressPolicy policy, int nodes) {
    Balancer balancer = balancer(policy);
    fixture.source.publish(endpoint(1), METADATA, SELF, SELF_BY_NAME);
    assertThat(balancer.nodes())
        .hasSize(nodes)
        .allSatisfy(node -> assertThat(node.addresses(node.endpoint())).isEqualTo(policy));
  }

  /** As where properties list one instance, and a registry knows others. */
  private static AddressPolicy ofEach(Endpoint endpoint) {
    return switch (endpoint.authority()) {
      case "localhost:8080" -> AddressPolicy.ANY;
      case "169.254.169.254:80" -> AddressPolicy.LOOPBACK_TOO;
      default -> AddressPolicy.ROUTABLE;
    };
  }

  @Test
  void eachEndpointIsJudgedByItsOwnPolicy() {
    EndpointSource mixed = fixture.source.withAddresses(AddressesTest::ofEach);
    Balancer balancer = fixture.builder.source(mixed).build();
    Endpoint named = Endpoint.of("orders.example", 80);
    fixture.source.publish(named, METADATA, SELF, SELF_BY_NAME);

    assertThat(balancer.nodes())
        .extracting(Node::endpoint, node -> node.addresses(node.endpoint()))
        .containsExactlyInAnyOrder(
            tuple(named, AddressPolicy.ROUTABLE), tuple(SELF_BY_NAME, AddressPolicy.ANY));
    assertThat(fixture.events(EndpointsRefused.class))
        .containsExactly(
            new EndpointsRefused("orders", List.of(SELF), AddressPolicy.ROUTABLE),
            new EndpointsRefused("orders", List.of(METADATA), AddressPolicy.LOOPBACK_TOO));

    fixture.source.publish(METADATA, SELF);
    assertThat(fixture.events(SetRefused.class))
        .containsExactly(
            new SetRefused(
                "orders",
                "AddressPolicy.ROUTABLE refuses 127.0.0.1:8080;"
                    + " withAddresses(AddressPolicy.LOOPBACK_TOO) of their source would permit it;"
                    + " AddressPolicy.LOOPBACK_TOO refuses 169.254.169.254:80;"
                    + " withAddresses(AddressPolicy.ANY) of their source would permit it"));
  }

  @Test
  void aNodesPolicyFollowsItsEndpointToAnotherAddress() {
    EndpointSource mixed = fixture.source.withAddresses(AddressesTest::ofEach);
    Balancer balancer = fixture.builder.source(mixed).build();
    fixture.source.publish(SELF_BY_NAME.toBuilder().id("a").build());
    Node node = balancer.nodes().get(0);
    Endpoint before = node.endpoint();
    assertThat(node.addresses(before)).isEqualTo(AddressPolicy.ANY);

    Endpoint moved = Endpoint.builder("orders.example", 80).id("a").build();
    fixture.source.publish(moved);
    assertThat(balancer.nodes()).containsExactly(node);
    assertThat(node.endpoint()).isEqualTo(moved);
    assertThat(node.addresses(moved)).isEqualTo(AddressPolicy.ROUTABLE);
    // An attempt that was on its way there.
    assertThat(node.addresses(before)).isEqualTo(AddressPolicy.ANY);
  }

  @Test
  void aSourceThatDoesNotSayPermitsRoutableAddresses() {
    RuntimeException broken = new IllegalStateException("broken");
    EndpointSource silent =
        fixture.source.withAddresses(
            each -> {
              throw broken;
            });
    Balancer balancer = fixture.builder.source(silent).build();
    fixture.source.publish(endpoint(1), SELF);

    assertThat(balancer.nodes())
        .extracting(Node::endpoint, node -> node.addresses(node.endpoint()))
        .containsExactly(tuple(endpoint(1), AddressPolicy.ROUTABLE));
    assertThat(fixture.events(ComponentFailed.class))
        .containsExactly(new ComponentFailed("orders", "source", 1, broken));
  }

  /** Whoever parses hosts allocates more than three times that. */
  @Test
  void aSetIsTakenWithoutAnotherLookAtItsHosts() {
    Balancer balancer = balancer(AddressPolicy.ROUTABLE);
    EndpointSet set =
        EndpointSet.of(IntStream.rangeClosed(1, 8).mapToObj(Fixture::endpoint).toList());
    assertThat(Allocations.fewest(() -> fixture.source.publish(set)))
        .isLessThan(100L * set.size() * Allocations.OPERATIONS);
    assertThat(balancer.endpoints()).isEqualTo(set);
  }

  @Test
  void noneStaysNone() {
    Balancer balancer = balancer(AddressPolicy.ROUTABLE);
    fixture.source.publish(endpoint(1));
    fixture.source.publish(EndpointSet.none());
    assertThat(balancer.endpoints().isNone()).isTrue();
    assertThat(fixture.events(SetRefused.class)).isEmpty();
  }

  @Test
  void sourcesOfSomebodyElseAreRoutableAndFixedOnesTheProgramsOwn() {
    EndpointSource theirs = PollingSource.of(() -> EndpointSet.of(SELF));
    assertThat(theirs.addresses(SELF)).isEqualTo(AddressPolicy.ROUTABLE);
    EndpointSource fixed = EndpointSource.of(SELF, METADATA);
    assertThat(fixed.addresses(SELF)).isEqualTo(AddressPolicy.ANY);
    EndpointSource judged = fixed.withAddresses(AddressPolicy.ROUTABLE);
    assertThat(judged.addresses(SELF)).isEqualTo(AddressPolicy.ROUTABLE);
    assertThat(judged.withAddresses(AddressPolicy.LOOPBACK_TOO))
        .isEqualTo(fixed.withAddresses(AddressPolicy.LOOPBACK_TOO))
        .asString()
        .endsWith(" with addresses LOOPBACK_TOO");
  }

  @ParameterizedTest
  @CsvSource({
    "orders.internal, ROUTABLE",
    "10.0.0.1, ROUTABLE",
    "localhost, LOOPBACK_TOO",
    "orders.localhost, LOOPBACK_TOO",
    "127.0.0.1, LOOPBACK_TOO",
    "169.254.1.1, ANY"
  })
  void aNameThatIsLookedUpMayHaveWhatItSaysItself(String name, AddressPolicy policy) {
    assertThat(DnsSource.of(name, 80).addresses(endpoint(1))).isEqualTo(policy);
  }
}
