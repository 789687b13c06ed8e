package io.evenkeel.lb.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.util.Collection;
import org.junit.jupiter.api.Test;

class FixedSourceTest extends SourceContract {
  private EndpointSet set = EndpointSet.of();

  @Override
  protected EndpointSource newSource(ManualScheduler scheduler) {
    return EndpointSource.of(set);
  }

  @Override
  protected void answer(Collection<Endpoint> endpoints) {
    set = EndpointSet.of(endpoints);
  }

  @Test
  void theOnlySetIsFinal() {
    RecordingSubscriber subscriber = new RecordingSubscriber(EndpointSource.of(endpoint(1)));
    subscriber.request(1);
    subscriber.request(1);

    assertThat(subscriber.sets).containsExactly(EndpointSet.of(endpoint(1)));
    assertThat(subscriber.signals()).as("a set and the completion").isEqualTo(2);
    assertThat(subscriber.breaches).isEmpty();
  }
}
