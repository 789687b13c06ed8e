package io.evenkeel.lb.health;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.health.Standing.Command;
import io.evenkeel.lb.health.setting.Expect;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Shows how fit the endpoints of one or more balancers are, remembers what has changed, and takes
 * orders about endpoints. Thread-safe; nothing here is for the request path.
 *
 * <p>Orders are kept by the names of the balancer and the endpoint: they outlast that discovery
 * takes the endpoint away and brings it back, and may be given before it is there. There may be
 * 10,000 at a time; one more is refused with an {@link IllegalStateException}.
 */
public final class HealthRegistry {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.health");

  /** How many orders there may be. */
  private static final int MAX_ORDERS = 10_000;

  private final int history;
  private final Ticker ticker;
  private final List<HealthListener> listeners = new CopyOnWriteArrayList<>();

  /** Everything below is used inside it alone. */
  final Serial serial = new Serial();

  private final List<Monitor> monitors = new ArrayList<>();
  private final Map<Key, Standing> standing = new HashMap<>();
  private final Deque<HealthTransition> ledger = new ArrayDeque<>();
  private long version;

  private record Key(String balancer, String endpoint) {}

  private HealthRegistry(int history, Ticker ticker) {
    this.history = history;
    this.ticker = ticker;
  }

  /** A registry that remembers the last 1000 transitions. */
  public static HealthRegistry create() {
    return create(1000, Ticker.system());
  }

  /**
   * A registry.
   *
   * @param history how many transitions it remembers, from 0 to 1,000,000
   * @param ticker tells when orders expire
   * @throws IllegalArgumentException if the history is not in its range
   */
  public static HealthRegistry create(int history, Ticker ticker) {
    return new HealthRegistry(
        Expect.within("history", history, 0, 1_000_000), requireNonNull(ticker, "ticker"));
  }

  /** All endpoints of all balancers, all as of the same moment. */
  public List<EndpointHealth> endpoints() {
    return shown(each -> true);
  }

  /** The endpoints of the balancers of a name, all as of the same moment. */
  public List<EndpointHealth> endpoints(String balancer) {
    return shown(each -> each.balancer().equals(balancer));
  }

  private List<EndpointHealth> shown(Predicate<Monitor> which) {
    // Whoever asks from within a task sees what that has done so far, and must not disturb it.
    boolean within = serial.isMine();
    return serial.call(
        () ->
            List.copyOf(monitors).stream()
                .filter(which)
                .flatMap(each -> each.shown(!within))
                .toList());
  }

  /** The latest transitions, the oldest first. */
  public List<HealthTransition> history() {
    return serial.call(() -> List.copyOf(ledger));
  }

  /** Adds a listener; it hears of what comes from now on. */
  public void listen(HealthListener listener) {
    listeners.add(requireNonNull(listener, "listener"));
  }

  /** Takes a listener away. */
  public void ignore(HealthListener listener) {
    listeners.remove(listener);
  }

  /** Takes back all that was ordered of an endpoint. */
  public void enable(String balancer, String endpointId) {
    order(balancer, endpointId, null);
  }

  /** Takes an endpoint out of service; its requests in flight finish. */
  public void disable(String balancer, String endpointId, Order order) {
    order(balancer, endpointId, set(Command.DISABLED, order));
  }

  /** The endpoint is up, whatever checks and detectors say. */
  public void forceUp(String balancer, String endpointId, Order order) {
    order(balancer, endpointId, set(Command.UP, order));
  }

  /** The endpoint is down, whatever checks and detectors say. */
  public void forceDown(String balancer, String endpointId, Order order) {
    order(balancer, endpointId, set(Command.DOWN, order));
  }

  /**
   * Gives an endpoint a share of its weight; other orders are taken back.
   *
   * @param share from 0.001 to 1
   * @throws IllegalArgumentException if the share is not in its range
   */
  public void weigh(String balancer, String endpointId, double share, Order order) {
    Expect.within("share", share, 0.001, 1.0);
    order(balancer, endpointId, Standing.of(null, share, order, ticker.read()));
  }

  /**
   * Sends an endpoint no new requests.
   *
   * @param limit how long to wait for those in flight; above 0, at most 36500 days
   * @return completes when none is in flight, or the limit has passed, or the endpoint or balancer
   *     is gone, with how many are left; at once with 0 if there is no such endpoint
   */
  public CompletionStage<Integer> drain(
      String balancer, String endpointId, Duration limit, Order order) {
    Order.requireSensible(limit);
    order(balancer, endpointId, set(Command.DRAINING, order));
    return serial.call(
        () -> {
          List<CompletableFuture<Integer>> waits =
              named(balancer).map(each -> each.quiet(endpointId, limit)).toList();
          return CompletableFuture.allOf(waits.toArray(new CompletableFuture<?>[0]))
              .thenApply(done -> waits.stream().mapToInt(CompletableFuture::join).sum());
        });
  }

  private Standing set(Command command, Order order) {
    return Standing.of(command, 1, order, ticker.read());
  }

  private void order(String balancer, String endpointId, @Nullable Standing next) {
    requireNonNull(endpointId, "endpointId");
    Key key = new Key(requireNonNull(balancer, "balancer"), endpointId);
    serial.call(
        () -> {
          if (standing.size() >= MAX_ORDERS) {
            standing.values().removeIf(each -> each.isOver(ticker.read()));
          }
          if (next == null) {
            standing.remove(key);
          } else if (standing.size() < MAX_ORDERS || standing.containsKey(key)) {
            standing.put(key, next);
          } else {
            throw new IllegalStateException(
                "orders: " + MAX_ORDERS + " (expected: fewer; enable endpoints that are gone)");
          }
          named(balancer).forEach(each -> each.ordered(endpointId));
          return key;
        });
  }

  private Stream<Monitor> named(String balancer) {
    return List.copyOf(monitors).stream().filter(each -> each.balancer().equals(balancer));
  }

  Monitor enter(Monitor monitor) {
    serial.call(() -> monitors.add(monitor));
    return monitor;
  }

  /** Within {@link #serial}. */
  void leave(Monitor monitor) {
    monitors.remove(monitor);
  }

  /** What is ordered of an endpoint; null if nothing. Within {@link #serial}. */
  @Nullable Standing standing(String balancer, String endpointId) {
    Key key = new Key(balancer, endpointId);
    Standing found = standing.get(key);
    if (found != null && found.isOver(ticker.read())) {
      standing.remove(key);
      return null;
    }
    return found;
  }

  /** In how many nanoseconds it is void. */
  long nanosLeft(Standing standing) {
    return standing.order().limit().isPresent()
        ? Math.max(0, standing.untilNanos() - ticker.read())
        : Long.MAX_VALUE;
  }

  /** Within {@link #serial}. */
  void publish(
      String balancer,
      Endpoint endpoint,
      @Nullable HealthState from,
      @Nullable HealthState to,
      String why,
      long atNanos) {
    HealthTransition transition =
        new HealthTransition(++version, atNanos, balancer, endpoint, from, to, why);
    if (history > 0) {
      if (ledger.size() == history) {
        ledger.removeFirst();
      }
      ledger.addLast(transition);
    }
    for (HealthListener listener : listeners) {
      try {
        listener.onTransition(transition);
      } catch (Throwable t) {
        LOG.log(System.Logger.Level.WARNING, "a listener failed at " + transition, t);
      }
    }
  }

  @Override
  public String toString() {
    return "HealthRegistry[the last " + history + " transitions]";
  }
}
