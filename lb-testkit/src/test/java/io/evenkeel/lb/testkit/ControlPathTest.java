package io.evenkeel.lb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

class ControlPathTest {
  private static final Endpoint A = Endpoint.of("10.0.0.1", 80);
  private static final Endpoint B = Endpoint.of("10.0.0.2", 80);

  private final ManualScheduler scheduler = new ManualScheduler(new FakeTicker());

  @Test
  void anErrorOfTheJvmDoesNotLockTheControlPath() {
    ManualSource source = new ManualSource();
    BalancerListener breaksOnce =
        new BalancerListener() {
          private boolean broken;

          @Override
          public void onEvent(BalancerEvent event) {
            if (!broken) {
              broken = true;
              throw new OutOfMemoryError("as if");
            }
          }
        };
    try (Balancer balancer = balancer(source).listener(breaksOnce).build()) {
      assertThatThrownBy(() -> source.publish(A)).isInstanceOf(OutOfMemoryError.class);
      scheduler.advance(1_000_000_000);
      assertThat(source.subscribers()).isEqualTo(1);
      source.publish(B);

      assertThat(balancer.endpoints()).isEqualTo(EndpointSet.of(B));
    }
    assertThat(source.subscribers()).isZero();
  }

  @Test
  void aSubscriptionThatComesAfterCloseIsCancelled() {
    List<String> signals = new ArrayList<>();
    List<Flow.Subscriber<? super EndpointSet>> late = new ArrayList<>();
    Balancer balancer = balancer(() -> late::add).build();
    balancer.close();
    late.get(0)
        .onSubscribe(
            new Flow.Subscription() {
              @Override
              public void request(long n) {
                signals.add("request");
              }

              @Override
              public void cancel() {
                signals.add("cancel");
              }
            });

    assertThat(signals).containsExactly("cancel");
  }

  @Test
  void aSourceThatThrowsAfterItSubscribedIsCancelledAndAskedAgain() {
    ManualSource inner = ManualSource.of(A);
    List<String> asked = new ArrayList<>();
    EndpointSource source =
        () ->
            subscriber -> {
              asked.add("once more");
              inner.snapshots().subscribe(subscriber);
              if (asked.size() == 1) {
                throw new IllegalStateException("a source's bug");
              }
            };
    try (Balancer balancer = balancer(source).build()) {
      assertThat(inner.subscribers()).isZero();
      scheduler.advance(1_000_000_000);

      assertThat(asked).hasSize(2);
      assertThat(inner.subscribers()).isEqualTo(1);
      assertThat(balancer.endpoints()).isEqualTo(EndpointSet.of(A));
    }
  }

  private BalancerBuilder balancer(EndpointSource source) {
    return Balancer.builder("control path")
        .source(source)
        .strategy((nodes, previous) -> context -> nodes.usable().get(0))
        .scheduler(scheduler)
        .ticker(scheduler.ticker());
  }
}
