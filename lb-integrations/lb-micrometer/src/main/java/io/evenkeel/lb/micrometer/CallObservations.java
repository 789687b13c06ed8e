package io.evenkeel.lb.micrometer;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.FailoverCall;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.FailoverListener;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Makes observations of calls. For adapters; whoever makes the calls takes {@link
 * ObservedFailover}. Thread-safe.
 *
 * <p>An observation is the caller's, since it must be the current one while operations run. The
 * failover adds the attempts if it has the {@link #listener} and the call the {@link #context}.
 */
public final class CallObservations {
  private static final RequestContext.Key<Observation> OBSERVATION =
      RequestContext.Key.of("observation", Observation.class);
  private static final CallObservationConvention DEFAULT = new CallObservationConvention() {};
  private static final FailoverListener LISTENER = new Events();

  private final ObservationRegistry registry;
  private final CallObservationConvention convention;

  private CallObservations(ObservationRegistry registry, CallObservationConvention convention) {
    this.registry = requireNonNull(registry, "registry");
    this.convention = requireNonNull(convention, "convention");
  }

  /** Observations with the default names, unless the registry has a global convention for them. */
  public static CallObservations of(ObservationRegistry registry) {
    return of(registry, DEFAULT);
  }

  /** Observations with names of one's own, unless the registry has a global convention for them. */
  public static CallObservations of(
      ObservationRegistry registry, CallObservationConvention convention) {
    return new CallObservations(registry, convention);
  }

  /** What failovers tell the observations of their calls by; other calls cost next to nothing. */
  public static FailoverListener listener() {
    return LISTENER;
  }

  /** The same call with its observation, by which the listener finds it. */
  public static CallContext context(RequestContext call, Observation observation) {
    return CallContext.of(call).with(OBSERVATION, observation);
  }

  /**
   * Begins one. Whoever does opens its scope, tells it the error, and stops it.
   *
   * @param balancer the name of the failover's balancer
   */
  public Observation start(String balancer) {
    return Observation.createNotStarted(
            null, convention, () -> new CallObservationContext(balancer), registry)
        .start();
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
      if (observation == null || observation.isNoop()) {
        return;
      }
      if (observation.getContext() instanceof CallObservationContext context) {
        context.attempted(outcome);
      }
      long millis = latencyNanos / 1_000_000;
      String how = hedge ? "hedge " : "";
      observation.event(
          Observation.Event.of(
              "attempt", how + endpoint.id() + " " + outcome + " after " + millis + " ms"));
    }

    @Override
    public void onCall(FailoverCall call, @Nullable Reason failed, long nanos) {
      Observation observation = call.context().get(OBSERVATION);
      if (observation != null
          && observation.getContext() instanceof CallObservationContext context) {
        context.ended(failed);
      }
    }
  }

  @Override
  public String toString() {
    return "CallObservations[" + convention.getName() + "]";
  }
}
