package io.evenkeel.lb.micrometer;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.AsyncOperation;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.failover.ObservedCall;
import io.evenkeel.lb.failover.Operation;
import io.micrometer.observation.ObservationRegistry;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A failover of which each call is an observation, named {@code lb.call}, and each attempt an event
 * in it, named {@code attempt}, such as {@code 10.0.0.1:8080 TIMEOUT after 250 ms}. So a trace
 * shows where a call has been.
 *
 * <pre>{@code
 * ObservedFailover observed = ObservedFailover.of(Failover.builder(orders), observations);
 * String order = observed.call(CallContext.idempotent(), endpoint -> fetch(endpoint));
 * }</pre>
 *
 * <p>The observation is the current one of the caller's thread while the call is made, and so that
 * of what operations observe there. Thread-safe.
 */
public final class ObservedFailover {
  private final Failover failover;
  private final CallObservations observations;

  private ObservedFailover(Failover failover, CallObservations observations) {
    this.failover = requireNonNull(failover, "failover");
    this.observations = requireNonNull(observations, "observations");
  }

  /** Builds the failover and observes it. */
  public static ObservedFailover of(FailoverBuilder settings, ObservationRegistry registry) {
    CallObservations observations = CallObservations.of(registry);
    return of(settings.listener(CallObservations.listener()).build(), observations);
  }

  /** Observes one that was built with the {@linkplain CallObservations#listener listener}. */
  public static ObservedFailover of(Failover failover, CallObservations observations) {
    return new ObservedFailover(failover, observations);
  }

  /** What is observed; calls that are made there have no observation. */
  public Failover failover() {
    return failover;
  }

  /** Makes a call and waits for it, as {@link Failover#call} does. */
  public <T extends @Nullable Object> T call(RequestContext context, Operation<T> operation) {
    ObservedCall observed = begin(context);
    return observed == null
        ? failover.call(context, operation)
        : observed.make(() -> failover.call(observed.context(), operation));
  }

  /** Makes a call without waiting for it, as {@link Failover#callAsync} does. */
  public <T extends @Nullable Object> CompletableFuture<T> callAsync(
      RequestContext context, AsyncOperation<T> operation) {
    ObservedCall observed = begin(context);
    if (observed == null) {
      return failover.callAsync(context, operation);
    }
    try {
      return ObservedResult.of(
          observed.within(() -> failover.callAsync(observed.context(), operation)), observed);
    } catch (RuntimeException | Error e) {
      observed.end(e);
      throw e;
    }
  }

  private @Nullable ObservedCall begin(RequestContext context) {
    return observations.begin(failover.balancer().name(), context, null);
  }

  @Override
  public String toString() {
    return "ObservedFailover[" + failover + "]";
  }
}
