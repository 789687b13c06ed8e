package io.evenkeel.lb.engine;

import static io.evenkeel.lb.engine.Fixture.endpoint;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerEvent.ComponentFailed;
import io.evenkeel.lb.BalancerEvent.LeaseExpired;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.testkit.ManualSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks that the given scheduler refuses run on the shared one, so here time is real. */
@Timeout(60)
class RefusingSchedulerTest {
  private final RejectedExecutionException refusal = new RejectedExecutionException("shut down");
  private volatile boolean refusing;
  private final List<BalancerEvent> events = new CopyOnWriteArrayList<>();

  private BalancerBuilder balancer(EndpointSource source, CountDownLatch expired) {
    return Balancer.builder("orders")
        .source(source)
        .strategy(new Fixture.FirstUsable())
        .leaseLimit(Duration.ofMillis(8))
        .listener(
            new BalancerListener() {
              @Override
              public void onEvent(BalancerEvent event) {
                events.add(event);
                if (event instanceof LeaseExpired) {
                  expired.countDown();
                }
              }
            })
        .scheduler(
            new Scheduler() {
              @Override
              public Scheduled schedule(Runnable task, long delayNanos) {
                if (refusing) {
                  throw refusal;
                }
                return Scheduler.shared().schedule(task, delayNanos);
              }

              @Override
              public void execute(Runnable task) {
                throw refusal;
              }
            });
  }

  @Test
  void leasesThatWereForgottenEndAllTheSame() throws Exception {
    CountDownLatch expired = new CountDownLatch(2);
    try (Balancer balancer = balancer(ManualSource.of(endpoint(1)), expired).build()) {
      refusing = true;
      balancer.lease(RequestContext.none());
      balancer.lease(RequestContext.none());
      assertThat(expired.await(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(events).contains(new ComponentFailed("orders", "scheduler", 1, refusal));
  }

  @Test
  void aSourceThatFailedIsAskedAgainAllTheSame() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    ManualSource source = ManualSource.of(endpoint(1));
    EndpointSource failsOnce =
        () -> {
          if (asked.getAndIncrement() == 0) {
            refusing = true;
            throw new IllegalStateException("the registry is away");
          }
          return source.snapshots();
        };
    try (Balancer balancer = balancer(failsOnce, new CountDownLatch(0)).build()) {
      EndpointSet set =
          balancer.ready(Duration.ofSeconds(30)).toCompletableFuture().get(40, TimeUnit.SECONDS);
      assertThat(set).isEqualTo(EndpointSet.of(endpoint(1)));
    }
  }
}
