package io.evenkeel.lb;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what users plug in from harming a balancer: their exceptions end here, are logged once a
 * minute with a count, and become an event.
 */
final class Faults {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb");
  private static final long REPORT_INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final String balancer;
  private final Ticker ticker;
  private final BalancerListener[] listeners;
  private final Map<Component, Tally> tallies = new EnumMap<>(Component.class);

  Faults(String balancer, Ticker ticker, List<BalancerListener> listeners) {
    this.balancer = balancer;
    this.ticker = ticker;
    this.listeners = listeners.toArray(new BalancerListener[0]);
    for (Component component : Component.values()) {
      tallies.put(component, new Tally(ticker.read() - REPORT_INTERVAL_NANOS));
    }
  }

  /**
   * Takes note of an exception that a component threw.
   *
   * @throws VirtualMachineError if that is what it is: the JVM itself is in trouble
   */
  void report(Component component, Throwable thrown) {
    throwIfFatal(thrown);
    long count = note(component, "failed", thrown);
    if (count > 0) {
      publish(new BalancerEvent.ComponentFailed(balancer, component.toString(), count, thrown));
    }
  }

  /** Throws what says that the JVM itself is in trouble. */
  static void throwIfFatal(Throwable thrown) {
    if (thrown instanceof VirtualMachineError error && !(error instanceof StackOverflowError)) {
      throw error;
    }
  }

  /**
   * Takes note that the source failed. It is asked again at intervals, so each time is an event.
   */
  void sourceFailed(Throwable cause, Duration retryIn) {
    note(Component.SOURCE, "failed", cause);
    publish(new BalancerEvent.SourceFailed(balancer, cause, retryIn));
  }

  /** Takes note that a set of the source was refused. Each time is an event. */
  void setRefused(String reason) {
    note(Component.SOURCE, "delivered a set that was refused (" + reason + ")", null);
    publish(new BalancerEvent.SetRefused(balancer, reason));
  }

  /**
   * Takes note that some endpoints of a set were left out. That is told once for each change of
   * them, so the limit of what is logged does not hold here: what it suppressed would be lost.
   */
  void endpointsRefused(List<Endpoint> endpoints, AddressPolicy policy, String reason) {
    LOG.log(
        WARNING,
        () -> balancer + ": source delivered endpoints that were left out (" + reason + ")");
    publish(new BalancerEvent.EndpointsRefused(balancer, endpoints, policy));
  }

  /** Counts, and logs if it is time; returns the count that was logged, or 0. */
  private long note(Component component, String what, @Nullable Throwable thrown) {
    Tally tally = requireNonNull(tallies.get(component));
    tally.count.incrementAndGet();
    long now = ticker.read();
    long last = tally.reported.get();
    if (now - last < REPORT_INTERVAL_NANOS || !tally.reported.compareAndSet(last, now)) {
      return 0;
    }
    long count = tally.count.getAndSet(0);
    LOG.log(
        WARNING,
        () ->
            balancer
                + ": "
                + component
                + ' '
                + what
                + (count > 1 ? ", the last of " + count + " since this was last logged" : ""),
        thrown);
    return count;
  }

  /** Tells every listener, whatever the others do. */
  void publish(BalancerEvent event) {
    for (BalancerListener listener : listeners) {
      try {
        listener.onEvent(event);
      } catch (Throwable t) {
        // Does not recur without end: a second fault of a listener is not published this minute.
        report(Component.LISTENER, t);
      }
    }
  }

  /** Tells every listener that a request has ended, whatever the others do. */
  void ended(Endpoint endpoint, Outcome outcome, long latencyNanos) {
    for (BalancerListener listener : listeners) {
      try {
        listener.onEnd(balancer, endpoint, outcome, latencyNanos);
      } catch (Throwable t) {
        report(Component.LISTENER, t);
      }
    }
  }

  /** What users plug in. */
  enum Component {
    SOURCE,
    STRATEGY,
    LOAD_METER,
    HEALTH,
    LISTENER,
    SCHEDULER;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  private static final class Tally {
    final AtomicLong count = new AtomicLong();
    final AtomicLong reported;

    Tally(long reported) {
      this.reported = new AtomicLong(reported);
    }
  }
}
