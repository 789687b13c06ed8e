package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.testkit.ManualSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.springframework.context.SmartLifecycle;

class StartAndStopTest {
  private static final Endpoint ONE = Endpoint.of("10.0.0.1", 80);

  @Test
  void startUpWaitsForTheFirstEndpoints() {
    ManualSource source = new ManualSource();
    Contexts.runner("evenkeel.start-timeout=0s")
        .withBean("orders", EndpointSource.class, () -> source)
        .run(
            context -> {
              LoadBalancers balancers = context.getBean(LoadBalancers.class);
              StartAndStop lifecycle =
                  new StartAndStop(balancers, Duration.ofSeconds(60), Duration.ZERO);
              CompletableFuture<Void> started = CompletableFuture.runAsync(lifecycle::start);
              assertThatThrownBy(() -> started.get(50, TimeUnit.MILLISECONDS))
                  .isInstanceOf(TimeoutException.class);
              source.publish(ONE);
              started.get(60, TimeUnit.SECONDS);
              assertThat(balancers.balancer("orders").endpoints().endpoints()).containsExactly(ONE);
            });
  }

  /** Lower phases start first and stop last. */
  @Test
  void itIsReadyBeforeWebServersAndGoesAfterThem() {
    Contexts.orders()
        .run(
            context ->
                assertThat(context.getBean(StartAndStop.class).getPhase())
                    .isLessThan(SmartLifecycle.DEFAULT_PHASE - 2048));
  }

  @Test
  void withoutEndpointsItStartsAllTheSame() {
    Contexts.runner("evenkeel.start-timeout=50ms")
        .withBean("orders", EndpointSource.class, ManualSource::new)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.getBean(LoadBalancers.class).balancer("orders").endpoints().size())
                  .isZero();
            });
  }

  @Test
  void shutdownWaitsForRequestsInFlight() throws Exception {
    CountDownLatch closing = new CountDownLatch(1);
    CompletableFuture<Boolean> endedByItself = new CompletableFuture<>();
    Contexts.orders("evenkeel.drain-timeout=60s")
        .run(
            context -> {
              Lease lease =
                  context
                      .getBean(LoadBalancers.class)
                      .balancer("orders")
                      .lease(RequestContext.none());
              StartAndStop lifecycle = context.getBean(StartAndStop.class);
              lifecycle.stop(closing::countDown);
              assertThat(closing.await(50, TimeUnit.MILLISECONDS)).isFalse();
              assertThat(lifecycle.isRunning()).isTrue();
              endedByItself.complete(lease.end(Outcome.SUCCESS));
              assertThat(closing.await(60, TimeUnit.SECONDS)).isTrue();
              assertThat(lifecycle.isRunning()).isFalse();
            });
    assertThat(endedByItself).isCompletedWithValue(true);
  }

  @Test
  void shutdownDoesNotWaitForever() {
    Contexts.orders("evenkeel.drain-timeout=20ms")
        .run(
            context -> {
              Lease lease =
                  context
                      .getBean(LoadBalancers.class)
                      .balancer("orders")
                      .lease(RequestContext.none());
              context.getBean(StartAndStop.class).stop();
              assertThat(lease.end(Outcome.SUCCESS)).isTrue();
            });
  }
}
