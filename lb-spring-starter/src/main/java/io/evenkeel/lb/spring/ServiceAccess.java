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
  private final PresentService service;
  private final Runnable close;
  private final CompletionStage<EndpointSet> ready;

  /**
   * @param close what is to be done when this is closed
   * @param startTimeout how long to wait for the first endpoints; not at all if that is 0
   */
  ServiceAccess(PresentService service, Runnable close, Duration startTimeout) {
    this.service = service;
    this.close = close;
    this.ready =
        startTimeout.isZero()
            ? CompletableFuture.completedStage(EndpointSet.of())
            : service.ready(startTimeout);
  }

  /** Who chooses, whatever is set of the service. */
  public Balancer balancer() {
    return service;
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
    return service.service().affinity().of(headers);
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
    close.run();
  }

  @Override
  public String toString() {
    return "ServiceAccess[" + service.name() + "]";
  }
}
