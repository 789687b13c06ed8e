package io.evenkeel.lb.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.strategy.RoundRobin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PresentFailoverTest {
  private final Balancer balancer =
      Balancer.builder("orders")
          .source(EndpointSource.of(Endpoint.of("10.0.0.1", 80), Endpoint.of("10.0.0.2", 80)))
          .strategy(RoundRobin.of())
          .build();
  private final List<String> told = new ArrayList<>();
  private final Failover first = failover("first", Duration.ofSeconds(1), false);
  private final Failover second = failover("second", Duration.ofSeconds(2), true);
  private final AtomicReference<Failover> present = new AtomicReference<>(first);
  private final Failover held = Failover.ofPresent(present::get);

  private Failover failover(String name, Duration deadline, boolean idempotent) {
    return Failover.builder(balancer)
        .deadline(deadline)
        .idempotent(idempotent)
        .listener(
            new FailoverListener() {
              @Override
              public void onCall(
                  FailoverCall call, FailoverException.@Nullable Reason failed, long nanos) {
                told.add(name);
              }
            })
        .build();
  }

  private String called() {
    return held.call(RequestContext.none(), endpoint -> "ok");
  }

  @AfterEach
  void close() {
    balancer.close();
  }

  @Test
  void eachCallIsMadeByTheOneThatIsPresent() {
    assertThat(held.deadline()).isEqualTo(Duration.ofSeconds(1));
    assertThat(held.isIdempotent(RequestContext.none())).isFalse();
    assertThat(called()).isEqualTo("ok");
    present.set(second);
    assertThat(held.deadline()).isEqualTo(Duration.ofSeconds(2));
    assertThat(held.isIdempotent(RequestContext.none())).isTrue();
    assertThat(held.toString()).isEqualTo(second.toString());
    assertThat(called()).isEqualTo("ok");
    CompletableFuture<String> later =
        held.callAsync(
            RequestContext.none(), endpoint -> CompletableFuture.completedFuture("later"));
    assertThat(later).isCompletedWithValue("later");
    assertThat(told).containsExactly("first", "second", "second");
  }

  @Test
  void aCallStaysWithTheOneThatItBeganWith() {
    CompletableFuture<String> answer = new CompletableFuture<>();
    CompletableFuture<String> call = held.callAsync(RequestContext.none(), endpoint -> answer);
    present.set(second);
    answer.complete("ok");
    assertThat(call).isCompletedWithValue("ok");
    assertThat(told).containsExactly("first");
  }
}
