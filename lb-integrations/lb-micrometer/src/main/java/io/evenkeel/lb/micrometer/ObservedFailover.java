package io.evenkeel.lb.micrometer;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.AsyncOperation;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.failover.FailoverCall;
import io.evenkeel.lb.failover.FailoverListener;
import io.evenkeel.lb.failover.Operation;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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
  private static final RequestContext.Key<Observation> OBSERVATION =
      RequestContext.Key.of("observation", Observation.class);

  private final Failover failover;
  private final ObservationRegistry registry;

  private ObservedFailover(Failover failover, ObservationRegistry registry) {
    this.failover = failover;
    this.registry = registry;
  }

  /** Builds the failover and observes it. */
  public static ObservedFailover of(FailoverBuilder settings, ObservationRegistry registry) {
    return new ObservedFailover(
        settings.listener(new Events()).build(), requireNonNull(registry, "registry"));
  }

  /** What is observed; calls that are made there have no observation. */
  public Failover failover() {
    return failover;
  }

  /** Makes a call and waits for it, as {@link Failover#call} does. */
  @SuppressWarnings("try") // a scope has nothing but its end
  public <T extends @Nullable Object> T call(RequestContext context, Operation<T> operation) {
    Observation observation = begin();
    try (Observation.Scope scope = observation.openScope()) {
      return failover.call(with(context, observation), operation);
    } catch (RuntimeException | Error e) {
      observation.error(e);
      throw e;
    } finally {
      observation.stop();
    }
  }

  /** Makes a call without waiting for it, as {@link Failover#callAsync} does. */
  @SuppressWarnings({
    "FutureReturnValueIgnored",
    "try"
  }) // whoever cancels must cancel the call itself
  public <T extends @Nullable Object> CompletableFuture<T> callAsync(
      RequestContext context, AsyncOperation<T> operation) {
    Observation observation = begin();
    try (Observation.Scope scope = observation.openScope()) {
      CompletableFuture<T> call = failover.callAsync(with(context, observation), operation);
      call.whenComplete(
          (result, thrown) -> {
            if (thrown != null) {
              Throwable cause = thrown.getCause();
              observation.error(
                  thrown instanceof CompletionException && cause != null ? cause : thrown);
            }
            observation.stop();
          });
      return call;
    } catch (RuntimeException | Error e) {
      observation.error(e);
      observation.stop();
      throw e;
    }
  }

  private Observation begin() {
    return Observation.createNotStarted("lb.call", registry)
        .lowCardinalityKeyValue("balancer", failover.balancer().name())
        .start();
  }

  private static RequestContext with(RequestContext context, Observation observation) {
    return CallContext.of(context).with(OBSERVATION, observation);
  }

  private static final class Events implements FailoverListener {
    @Override
    public void onAttempt(
        FailoverCall call,
        Endpoint endpoint,
        Outcome outcome,
        long latencyNanos,
        int number,
        boolean hedge) {
      Observation observation = call.context().get(OBSERVATION);
      if (observation != null && !observation.isNoop()) {
        String how = hedge ? "hedge " : "";
        observation.event(
            Observation.Event.of(
                "attempt",
                how
                    + endpoint.id()
                    + " "
                    + outcome
                    + " after "
                    + latencyNanos / 1_000_000
                    + " ms"));
      }
    }
  }

  @Override
  public String toString() {
    return "ObservedFailover[" + failover + "]";
  }
}
