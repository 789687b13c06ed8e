package io.evenkeel.lb.engine;

import static io.evenkeel.lb.engine.Fixture.endpoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerEvent.Closed;
import io.evenkeel.lb.BalancerEvent.EndpointsChanged;
import io.evenkeel.lb.BalancerEvent.LeaseExpired;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.NoEndpointException.Reason;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class LifecycleTest {
  private final Fixture fixture = new Fixture();

  private static Reason reason(CompletableFuture<?> future) {
    Throwable thrown = catchThrowable(future::get);
    assertThat(thrown).isInstanceOf(ExecutionException.class);
    return ((NoEndpointException) thrown.getCause()).reason();
  }

  private static CompletableFuture<EndpointSet> ready(Balancer balancer, long seconds) {
    return balancer.ready(Duration.ofSeconds(seconds)).toCompletableFuture();
  }

  @Test
  void aFixedSourceIsReadyWhenTheBalancerIs() throws Exception {
    Balancer balancer = fixture.builder.source(EndpointSource.of(endpoint(1))).build();
    assertThat(ready(balancer, 1).get()).isEqualTo(EndpointSet.of(endpoint(1)));
    assertThat(balancer.endpoints()).isEqualTo(EndpointSet.of(endpoint(1)));
  }

  @Test
  void readyWaitsForEndpointsUpToItsLimit() throws Exception {
    Balancer balancer = fixture.builder.build();
    CompletableFuture<EndpointSet> patient = ready(balancer, 10);
    CompletableFuture<EndpointSet> hasty = ready(balancer, 1);
    fixture.scheduler.advance(Duration.ofSeconds(2));
    assertThat(reason(hasty)).isEqualTo(Reason.NOT_READY);
    assertThat(patient).isNotDone();
    fixture.source.publish(endpoint(1));
    assertThat(patient.get().size()).isEqualTo(1);
  }

  @Test
  void aLimitLongerThanAnyClockIsWaitedFor() throws Exception {
    Balancer balancer = fixture.builder.build();
    CompletableFuture<EndpointSet> patient = ready(balancer, Long.MAX_VALUE);
    fixture.scheduler.advance(Duration.ofDays(30));
    assertThat(patient).isNotDone();
    fixture.source.publish(endpoint(1));
    assertThat(patient.get().size()).isEqualTo(1);
  }

  @Test
  void whoGaveUpWaitingIsForgotten() {
    Balancer balancer = fixture.builder.build();
    WeakReference<?> late = new WeakReference<>(ready(balancer, 1));
    int pending = fixture.scheduler.pending();
    ready(balancer, 1).cancel(false);
    assertThat(fixture.scheduler.pending()).isEqualTo(pending);

    fixture.scheduler.advance(Duration.ofSeconds(2));
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (late.get() != null && System.nanoTime() - deadline < 0) {
      System.gc();
    }
    assertThat(late.get()).isNull();
    assertThat(balancer.endpoints().isEmpty()).isTrue();
  }

  @Test
  void closeLeavesNothingBehindAndMayBeCalledAgain() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1));
    Fixture.Judge judge = fixture.judges.get("10.0.0.1:1");
    Lease lease = balancer.lease(RequestContext.none());
    assertThat(fixture.source.subscribers()).isEqualTo(1);
    assertThat(fixture.scheduler.pending()).isPositive();

    balancer.close();
    balancer.close();
    judge.judge(0);
    fixture.source.publish(endpoint(2));

    assertThat(fixture.source.subscribers()).isZero();
    assertThat(fixture.scheduler.pending()).isZero();
    assertThat(judge.closed).isTrue();
    assertThat(balancer.nodes()).isEmpty();
    assertThat(fixture.events(Closed.class)).hasSize(1);
    assertThat(fixture.events.get(fixture.events.size() - 1)).isInstanceOf(Closed.class);
    assertThat(lease.end(Outcome.SUCCESS)).isTrue();
    assertThat(lease.node().inFlight()).isZero();
  }

  @Test
  void closeEndsTheWaitForEndpointsAndForTheSource() {
    Balancer balancer = fixture.builder.build();
    CompletableFuture<EndpointSet> waiting = ready(balancer, 10);
    fixture.source.fail(new IllegalStateException("registry is away"));
    balancer.close();
    assertThat(reason(waiting)).isEqualTo(Reason.CLOSED);
    assertThat(reason(ready(balancer, 10))).isEqualTo(Reason.CLOSED);
    assertThat(fixture.scheduler.pending()).isZero();
  }

  @Test
  void aListenerMayCloseTheBalancer() {
    Balancer[] self = new Balancer[1];
    fixture.builder.listener(
        new BalancerListener() {
          @Override
          public void onEvent(BalancerEvent event) {
            if (event instanceof EndpointsChanged) {
              self[0].close();
            }
          }
        });
    self[0] = fixture.builder.build();
    fixture.source.publish(endpoint(1));
    assertThat(fixture.events(Closed.class)).hasSize(1);
    assertThat(fixture.source.subscribers()).isZero();
  }

  @Test
  void eventsTellWhatChanged() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1));
    fixture.source.publish(endpoint(1));
    fixture.source.publish(endpoint(1), endpoint(2));
    assertThat(fixture.events)
        .containsExactly(
            new EndpointsChanged("orders", EndpointSet.of(), EndpointSet.of(endpoint(1))),
            new EndpointsChanged(
                "orders", EndpointSet.of(endpoint(1)), EndpointSet.of(endpoint(1), endpoint(2))));
    assertThat(balancer)
        .hasToString(
            "Balancer[orders, FirstUsable, "
                + "panic below 0.5, leases end after PT10M, NodeSet[2 of 2 usable]]");
  }

  @Test
  void aLeaseEndsOnce() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1));
    Lease lease = balancer.lease(RequestContext.none());
    assertThat(lease.end(Outcome.SUCCESS)).isTrue();
    assertThat(lease.end(Outcome.FAILURE)).isFalse();
    lease.close();
    assertThat(fixture.judges.get("10.0.0.1:1").recorded).containsExactly(Outcome.SUCCESS);
    assertThat(lease.node().inFlight()).isZero();
  }

  @Test
  void aLeaseThatLeavesItsBlockWithoutAnOutcomeFailed() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1));
    Throwable thrown =
        catchThrowable(
            () -> {
              try (Lease lease = balancer.lease(RequestContext.none())) {
                throw new IllegalStateException("call to " + lease.endpoint() + " failed");
              }
            });
    assertThat(thrown).isInstanceOf(IllegalStateException.class);
    assertThat(fixture.judges.get("10.0.0.1:1").recorded).containsExactly(Outcome.FAILURE);
  }

  @Test
  void aForgottenLeaseExpiresAndSaysSo() {
    Balancer balancer = fixture.builder.health(fixture).leaseLimit(Duration.ofSeconds(8)).build();
    fixture.source.publish(endpoint(1));
    Lease forgotten = balancer.lease(RequestContext.none());
    fixture.scheduler.advance(Duration.ofSeconds(7));
    Lease young = balancer.lease(RequestContext.none());
    fixture.scheduler.advance(Duration.ofSeconds(2));
    assertThat(forgotten.node().inFlight()).isEqualTo(1);
    assertThat(fixture.events(LeaseExpired.class))
        .containsExactly(new LeaseExpired("orders", endpoint(1), Duration.ofSeconds(8)));
    assertThat(fixture.judges.get("10.0.0.1:1").recorded).containsExactly(Outcome.CANCELLED);
    assertThat(forgotten.end(Outcome.SUCCESS)).isFalse();
    assertThat(young.end(Outcome.SUCCESS)).isTrue();
  }

  @Test
  void forgottenLeasesExpireInTheOrderInWhichTheyBegan() {
    Balancer balancer = fixture.builder.leaseLimit(Duration.ofSeconds(8)).build();
    List<Endpoint> begun = new ArrayList<>();
    fixture.scheduler.advance(Duration.ofMillis(4990)); // the ticker overflows at 5 seconds
    for (int i = 0; i < 20; i++) {
      fixture.source.publish(endpoint(40 - i));
      begun.add(balancer.lease(RequestContext.none()).endpoint());
      fixture.scheduler.advance(Duration.ofMillis(1));
    }
    fixture.scheduler.advance(Duration.ofSeconds(10));

    assertThat(fixture.events(LeaseExpired.class))
        .extracting(LeaseExpired::endpoint)
        .containsExactlyElementsOf(begun);
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Balancer.builder("orders").build())
        .withMessage("source: not set (expected: where endpoints come from)");
    assertThatIllegalStateException()
        .isThrownBy(() -> Balancer.builder("orders").source(EndpointSource.of(endpoint(1))).build())
        .withMessageContaining("io.evenkeel:lb-strategies");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fixture.builder.build().ready(Duration.ZERO))
        .withMessage("limit: PT0S (expected: > PT0S)");
  }
}
