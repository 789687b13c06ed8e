package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.testkit.ManualSource;
import org.junit.jupiter.api.Test;

class KnownEndpointsTest {
  private static final EndpointSet KNOWN = EndpointSet.of(Endpoint.of("10.0.0.1", 80));
  private static final EndpointSet FOUND = EndpointSet.of(Endpoint.of("10.0.0.2", 80));

  @Test
  void theKnownOnesComeFirstAndOnce() {
    ManualSource source = new ManualSource();
    KnownEndpoints both = new KnownEndpoints(KNOWN, source);
    Heard first = Heard.of(both, 0);
    assertThat(first.sets).isEmpty();
    first.request(Long.MAX_VALUE);
    assertThat(first.sets).containsExactly(KNOWN);
    source.publish(FOUND);
    assertThat(first.sets).containsExactly(KNOWN, FOUND);

    source.fail(new IllegalStateException("broken"));
    assertThat(first.errors).hasSize(1);
    Heard again = Heard.of(both, Long.MAX_VALUE);
    assertThat(again.sets).isEmpty();
    source.publish(FOUND);
    assertThat(again.sets).containsExactly(FOUND);
    again.cancel();
    assertThat(source.subscribers()).isZero();
  }

  @Test
  void whichAddressesEndpointsMayHaveIsSaidByTheSource() {
    Endpoint listed = Endpoint.of("10.0.0.1", 80);
    KnownEndpoints both =
        new KnownEndpoints(
            KNOWN,
            new ManualSource()
                .withAddresses(
                    each -> each.equals(listed) ? AddressPolicy.ANY : AddressPolicy.LOOPBACK_TOO));
    assertThat(both.addresses(listed)).isEqualTo(AddressPolicy.ANY);
    assertThat(both.addresses(Endpoint.of("10.0.0.2", 80))).isEqualTo(AddressPolicy.LOOPBACK_TOO);
  }
}
