package io.evenkeel.lb.health;

import io.evenkeel.lb.Endpoint;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The penalties of endpoints that have left: discovery may drop an endpoint and bring it back at
 * once, which makes it no fitter. Only the last thousand, and for a minute. For the control thread
 * alone.
 */
final class Departures {
  private static final int MOST = 1000;
  private static final long KEPT_NANOS = 60_000_000_000L;

  /** By id, the oldest first. */
  private final Map<String, Departure> departures = new LinkedHashMap<>();

  /**
   * What is known of one.
   *
   * @param reason of the penalty
   */
  record Departure(String id, String host, int port, Penalty penalty, String reason, long atNanos) {
    static Departure of(Endpoint endpoint, Penalty penalty, String reason, long nowNanos) {
      return new Departure(
          endpoint.id(), endpoint.host(), endpoint.port(), penalty, reason, nowNanos);
    }

    /** Whether an endpoint is this one, at the same address and soon enough. */
    boolean isOf(Endpoint back, long nowNanos) {
      return port == back.port() && host.equals(back.host()) && !isOld(nowNanos);
    }

    boolean isOld(long nowNanos) {
      return nowNanos - atNanos >= KEPT_NANOS;
    }
  }

  void remember(Departure departure) {
    departures.remove(departure.id);
    Iterator<Departure> oldest = departures.values().iterator();
    while (oldest.hasNext()
        && (oldest.next().isOld(departure.atNanos) || departures.size() == MOST)) {
      oldest.remove();
    }
    departures.put(departure.id, departure);
  }

  /** What is remembered of an endpoint that is back, which is forgotten here; null if nothing. */
  @Nullable Departure recall(Endpoint endpoint, long nowNanos) {
    Departure found = departures.remove(endpoint.id());
    return found != null && found.isOf(endpoint, nowNanos) ? found : null;
  }
}
