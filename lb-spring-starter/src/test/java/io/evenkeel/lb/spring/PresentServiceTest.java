package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.RetryBudget;
import io.evenkeel.lb.testkit.ManualSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.core.env.StandardEnvironment;

@Timeout(60)
class PresentServiceTest {
  private static final EvenkeelProperties NOTHING =
      EvenkeelProperties.of(new StandardEnvironment());

  private final PresentService present = new PresentService("orders");

  @SuppressWarnings("NullAway") // it does not see in a class file of 17 what may be null
  private Service service(EndpointSource source) {
    Balancer balancer = Balancer.builder("orders").source(source).build();
    return new Service(
        present,
        new Backing(balancer, null, List.of()),
        Failover.of(present),
        new Calls.Live(RetryBudget.unlimited(), null),
        AffinityOfRequests.of(
            Layer.of("orders", null, NOTHING.defaults())
                .in("affinity", ServiceProperties.Affinity.class)),
        null,
        Effective.of(NOTHING));
  }

  @Test
  void whoWaitsForEndpointsWaitsForThoseOfTheNextBalancer() {
    Service first = service(new ManualSource());
    present.become(first);
    CompletableFuture<EndpointSet> ready =
        present.ready(Duration.ofSeconds(60)).toCompletableFuture();
    ManualSource source = new ManualSource();
    present.become(service(source));
    first.close();
    assertThat(ready).isNotDone();
    source.publish(Endpoint.of("10.0.0.1", 80));
    assertThat(ready).isCompletedWithValue(EndpointSet.of(Endpoint.of("10.0.0.1", 80)));

    present.close();
    assertThat(present.ready(Duration.ofSeconds(60)).toCompletableFuture())
        .isCompletedExceptionally();
    assertThatThrownBy(() -> present.select(RequestContext.none()))
        .isInstanceOfSatisfying(
            NoEndpointException.class,
            e -> assertThat(e.reason()).isEqualTo(NoEndpointException.Reason.CLOSED));
  }

  /** Choices, leases and replacements as fast as they go. */
  @Test
  void nobodyMeetsABalancerThatIsClosed() throws Exception {
    EndpointSource source =
        EndpointSource.of(Endpoint.of("10.0.0.1", 80), Endpoint.of("10.0.0.2", 80));
    present.become(service(source));
    AtomicBoolean over = new AtomicBoolean();
    Queue<Throwable> failed = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  while (!over.get()) {
                    Node chosen = present.select(RequestContext.none());
                    assertThat(chosen.endpoint().port()).isEqualTo(80);
                    Lease lease = present.lease(RequestContext.none());
                    assertThat(lease.end(Outcome.SUCCESS)).isTrue();
                  }
                } catch (Throwable e) {
                  failed.add(e);
                }
              });
      thread.start();
      threads.add(thread);
    }
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < 5000 && failed.isEmpty(); i++) {
      Service before = present.service();
      present.become(service(source));
      nodes.addAll(before.backing().balancer().nodes());
      before.close();
    }
    over.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failed).isEmpty();
    assertThat(nodes).hasSize(10_000);
    assertThat(nodes).allSatisfy(node -> assertThat(node.inFlight()).isZero());
    present.close();
  }
}
