package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.ChoiceLog;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Explanation;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.Failover;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A service as others hold it: a balancer and a failover that stay the same objects while what is
 * behind them is replaced. Thread-safe.
 *
 * <p>Memory: a choice reads {@code service} once, and again only if the balancer behind it refused.
 * One that was replaced is closed, so whoever chose from it just then finds nothing there and asks
 * the present one; that ends, since it goes on only if there has been a replacement meanwhile.
 */
final class PresentService implements Balancer {
  private final String name;
  private final Failover failover = Failover.ofPresent(() -> service().failover());
  private volatile @Nullable Service service;

  /** One that {@link #become} has to be called of before anything is asked of it. */
  PresentService(String name) {
    this.name = name;
  }

  /** Requests that begin from now on go by this. */
  void become(Service next) {
    service = next;
  }

  /** What is behind it at present. */
  Service service() {
    return requireNonNull(service, name);
  }

  /** Makes calls as is said at present. */
  Failover failover() {
    return failover;
  }

  private Balancer behind() {
    return service().backing().balancer();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Node select(RequestContext context) {
    Balancer asked = behind();
    while (true) {
      try {
        return asked.select(context);
      } catch (NoEndpointException e) {
        asked = successor(asked, e);
      }
    }
  }

  @Override
  public Lease lease(RequestContext context) {
    Balancer asked = behind();
    while (true) {
      try {
        return asked.lease(context);
      } catch (NoEndpointException e) {
        asked = successor(asked, e);
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // whether it has been replaced
  private Balancer successor(Balancer asked, NoEndpointException refusal) {
    Balancer now = behind();
    if (now == asked) {
      throw refusal;
    }
    return now;
  }

  @Override
  public Explanation explain(RequestContext context) {
    return behind().explain(context);
  }

  /** Of the present balancer: when that is replaced, nothing is added to the log any more. */
  @Override
  public ChoiceLog record(int size, int oneIn) {
    return behind().record(size, oneIn);
  }

  @Override
  public EndpointSet endpoints() {
    return behind().endpoints();
  }

  @Override
  public List<Node> nodes() {
    return behind().nodes();
  }

  @Override
  public double capacity() {
    return behind().capacity();
  }

  @Override
  public List<HealthPolicy> policies() {
    return behind().policies();
  }

  @Override
  public CompletionStage<EndpointSet> ready(Duration limit) {
    CompletableFuture<EndpointSet> ready = new CompletableFuture<>();
    await(behind(), limit, ready);
    return ready;
  }

  @SuppressWarnings("ReferenceEquality") // whether it has been replaced
  private void await(Balancer asked, Duration limit, CompletableFuture<EndpointSet> ready) {
    var unused =
        asked
            .ready(limit)
            .whenComplete(
                (endpoints, thrown) -> {
                  Balancer now = behind();
                  if (thrown == null) {
                    ready.complete(endpoints);
                  } else if (now == asked) {
                    ready.completeExceptionally(thrown);
                  } else {
                    await(now, limit, ready);
                  }
                });
  }

  /** For all who hold it, until there is another balancer behind it. */
  @Override
  public void close() {
    service().close();
  }

  @Override
  public String toString() {
    return behind().toString();
  }
}
