package io.evenkeel.lb.micrometer;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.CallObserver;
import io.evenkeel.lb.failover.FailoverCall;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.FailoverListener;
import io.evenkeel.lb.failover.ObservedCall;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Makes observations of the calls of adapters, such as {@code BalancerInterceptor} of lb-okhttp;
 * whoever makes calls of a failover itself takes {@link ObservedFailover}. Thread-safe.
 *
 * <p>A failover adds the attempts to them if it has the {@link #listener}. A call that is cancelled
 * has no error.
 */
public final class CallObservations implements CallObserver {
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

  /**
   * {@inheritDoc}
   *
   * @param parent an {@link Observation}; else the current one of this thread
   */
  @Override
  public @Nullable ObservedCall begin(
      String balancer, RequestContext context, @Nullable Object parent) {
    if (registry.isNoop()) {
      return null;
    }
    Observation observation =
        Observation.createNotStarted(
            null, convention, () -> new CallObservationContext(balancer), registry);
    if (observation.isNoop()) {
      return null;
    }
    if (parent instanceof Observation outer && !outer.isNoop()) {
      observation.parentObservation(outer);
    }
    observation.start();
    return new Begun(observation, CallContext.of(context).with(OBSERVATION, observation));
  }

  private static final class Begun implements ObservedCall {
    private final Observation observation;
    private final RequestContext context;
    private final AtomicBoolean over = new AtomicBoolean();

    Begun(Observation observation, RequestContext context) {
      this.observation = observation;
      this.context = context;
    }

    @Override
    public RequestContext context() {
      return context;
    }

    @Override
    public Object observation() {
      return observation;
    }

    @Override
    @SuppressWarnings("try") // a scope has nothing but its end
    public <T extends @Nullable Object, E extends Exception> T within(Work<T, E> work) throws E {
      try (Observation.Scope scope = observation.openScope()) {
        return work.run();
      }
    }

    @Override
    public void end(@Nullable Throwable thrown) {
      if (!over.compareAndSet(false, true)) {
        return;
      }
      Throwable cause = thrown instanceof CompletionException ? thrown.getCause() : null;
      Throwable failure = cause == null ? thrown : cause;
      if (!(failure instanceof CancellationException)) {
        if (failure != null) {
          observation.error(failure);
        }
      } else if (observation.getContext() instanceof CallObservationContext call) {
        call.cancelled();
      }
      observation.stop();
    }
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
