package io.evenkeel.lb.spring;

import static java.lang.System.Logger.Level.INFO;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * What gets no new requests any more, while some that are in flight there have not ended. Thread-
 * safe.
 */
final class Leaving implements AutoCloseable {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** By then leases have expired, if nobody has set them another limit. */
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(10);

  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.spring");

  private final Duration limit;
  private final Set<Replaced> replaced = ConcurrentHashMap.newKeySet();
  private final Set<Removed> removed = ConcurrentHashMap.newKeySet();

  /**
   * @param limit how long to wait before a service is closed that has requests in flight
   */
  Leaving(Duration limit) {
    this.limit = limit;
  }

  /**
   * Where requests are in flight that shutdown is to wait for.
   *
   * @param inFlight how many they are now
   */
  record Busy(String service, LongSupplier inFlight) {}

  private record Replaced(String service, List<Node> nodes, long sinceNanos) {
    long inFlight() {
      return Backing.inFlight(nodes);
    }
  }

  private record Removed(Service service, long sinceNanos) {}

  /** A balancer that is closed already: there is nothing to do but to wait at shutdown. */
  void replaced(String service, List<Node> nodes) {
    long now = Ticker.system().read();
    replaced.removeIf(each -> each.inFlight() == 0 || now - each.sinceNanos() >= LONGEST_NANOS);
    replaced.add(new Replaced(service, nodes, now));
  }

  /** A service that is to be closed when its requests have ended, or the limit is over. */
  void removed(Service service) {
    Removed gone = new Removed(service, Ticker.system().read());
    removed.add(gone);
    look(gone);
  }

  private void look(Removed gone) {
    long inFlight = gone.service().inFlight();
    boolean late = Ticker.system().read() - gone.sinceNanos() >= limit.toNanos();
    if (inFlight == 0 || late) {
      if (inFlight > 0) {
        log(gone.service().name(), inFlight);
      }
      close(gone);
    } else if (removed.contains(gone)) {
      var unused = Scheduler.shared().schedule(() -> look(gone), LOOK_NANOS);
    }
  }

  static void log(String service, long inFlight) {
    LOG.log(INFO, () -> service + " is closed with " + inFlight + " requests in flight");
  }

  private void close(Removed gone) {
    if (removed.remove(gone)) {
      gone.service().close();
    }
  }

  /** All with requests in flight. */
  Stream<Busy> busy() {
    return Stream.concat(
            replaced.stream().map(each -> new Busy(each.service(), each::inFlight)),
            removed.stream().map(each -> new Busy(each.service().name(), each.service()::inFlight)))
        .filter(each -> each.inFlight().getAsLong() > 0);
  }

  @Override
  public void close() {
    removed.forEach(this::close);
    replaced.clear();
  }

  @Override
  public String toString() {
    return "Leaving" + busy().map(Busy::service).toList();
  }
}
