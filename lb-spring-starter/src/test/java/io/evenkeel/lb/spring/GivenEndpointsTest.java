package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.SourceContract;
import java.util.Collection;
import org.junit.jupiter.api.Test;

class GivenEndpointsTest extends SourceContract {
  private EndpointSet set = EndpointSet.of();

  @Override
  protected EndpointSource newSource(ManualScheduler scheduler) {
    return new GivenEndpoints(set);
  }

  @Override
  protected void answer(Collection<Endpoint> endpoints) {
    set = EndpointSet.of(endpoints);
  }

  @Test
  void othersAreDeliveredToAllWhoAskForThem() {
    GivenEndpoints source = new GivenEndpoints(EndpointSet.of(endpoint(1)));
    Heard eager = Heard.of(source, Long.MAX_VALUE);
    Heard slow = Heard.of(source, 1);
    source.give(EndpointSet.of(endpoint(2)));
    source.give(EndpointSet.of(endpoint(3)));
    slow.request(1);
    Heard late = Heard.of(source, 1);

    assertThat(eager.sets)
        .containsExactly(
            EndpointSet.of(endpoint(1)), EndpointSet.of(endpoint(2)), EndpointSet.of(endpoint(3)));
    assertThat(slow.sets).containsExactly(EndpointSet.of(endpoint(1)), EndpointSet.of(endpoint(3)));
    assertThat(late.sets).containsExactly(EndpointSet.of(endpoint(3)));
  }
}
