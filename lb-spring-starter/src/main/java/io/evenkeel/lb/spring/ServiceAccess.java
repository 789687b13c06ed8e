package io.evenkeel.lb.spring;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.http.HttpSemantics;
import io.evenkeel.lb.report.LoadHeaders;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;

/**
 * A service for adapters of clients that make their attempts themselves, so that they choose and
 * judge as all others here do. Applications need {@link LoadBalancers}. Thread-safe.
 */
public final class ServiceAccess implements AutoCloseable {
  private final Service service;
  private final boolean owned;
  private final CompletionStage<EndpointSet> ready;

  /**
   * @param owned whether it is closed with this
   * @param startTimeout how long to wait for the first endpoints; not at all if that is 0
   */
  ServiceAccess(Service service, boolean owned, Duration startTimeout) {
    this.service = service;
    this.owned = owned;
    this.ready =
        startTimeout.isZero()
            ? CompletableFuture.completedStage(EndpointSet.of())
            : service.balancer().ready(startTimeout);
  }

  /** Who chooses. */
  public Balancer balancer() {
    return service.balancer();
  }

  /**
   * Completes with the first endpoints, or exceptionally when {@code evenkeel.start-timeout} is
   * over since the service was opened. Dependents must not block.
   */
  public CompletionStage<EndpointSet> ready() {
    return ready;
  }

  /**
   * The affinity of a request by what is set of the service; 0 if it has none.
   *
   * @param headers the value of a header of the request, of several the first; null if there is
   *     none
   */
  public long affinity(Function<String, @Nullable String> headers) {
    return service.affinity().of(headers);
  }

  /** Ends a request that was answered, as the answer says. Does nothing if it has ended before. */
  public static void end(Lease lease, HttpStatusCode status, HttpHeaders headers) {
    LoadHeaders.passOn(headers::getFirst, lease.node());
    Outcome outcome = HttpSemantics.outcome(status.value());
    long wish = HttpOutcomes.wishNanos(status.value(), headers);
    if (outcome.isFailure() && wish > 0) {
      lease.node().pushback(wish);
    }
    lease.end(outcome);
  }

  /**
   * Ends a request that has failed, as what was thrown says. Does nothing if it has ended before.
   */
  public static void end(Lease lease, Throwable thrown) {
    lease.end(ClientFailures.of(thrown));
  }

  /** Closes the service if nobody but the adapter has it. */
  @Override
  public void close() {
    if (owned) {
      service.close();
    }
  }

  @Override
  public String toString() {
    return "ServiceAccess[" + service.name() + "]";
  }
}
