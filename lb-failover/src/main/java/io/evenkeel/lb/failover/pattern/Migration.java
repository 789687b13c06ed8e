package io.evenkeel.lb.failover.pattern;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.ChoiceLog;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Explanation;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleSupplier;

/**
 * Moves requests from one balancer to another while both serve, such as from an old cluster to a
 * new one, or from one region to another that has to warm up: their share grows in a straight line
 * over a ramp. To be used like any balancer, before, during and after it. Thread-safe.
 *
 * <pre>{@code
 * Migration move = Migration.of("orders", orders, payments, Duration.ofMinutes(10));
 * Failover calls = Failover.of(move);
 * move.begin();
 * }</pre>
 *
 * <p>Requests that have begun finish where they are. Requests of one affinity move once, and none
 * of them moves back while the share grows. While both serve, a request for which one of them has
 * no endpoint goes to the other. No lease of the old balancer begins after all have moved, nor one
 * of the new after an {@link #abort}, so that what is in flight there then only becomes less.
 */
public final class Migration implements Balancer {
  private static final double UNIT = 0x1p-53;

  private final String name;
  private final Balancer from;
  private final Balancer to;
  private final long rampNanos;
  private final DoubleSupplier chance;
  private final Ticker ticker;
  private final Balancer nobody;
  private final AtomicReference<Course> course;
  private volatile boolean closed;

  /**
   * Where the share is going.
   *
   * @param share which it was
   * @param sinceNanos at this time
   * @param direction 1 up, -1 down, 0 if it stays
   */
  private record Course(double share, long sinceNanos, int direction) {
    double at(long nowNanos, long rampNanos) {
      double moved = (double) direction * (nowNanos - sinceNanos) / rampNanos;
      return Math.max(0, Math.min(1, share + moved));
    }
  }

  Migration(MigrationBuilder settings) {
    this.name = settings.name;
    this.from = settings.from;
    this.to = settings.to;
    this.rampNanos = settings.ramp.toNanos();
    this.chance = settings.chance;
    this.ticker = settings.ticker;
    this.nobody = Nobody.balancer(name, ticker, settings.scheduler);
    this.course = new AtomicReference<>(new Course(0, ticker.read(), 0));
  }

  /**
   * With the defaults of {@link MigrationBuilder}, but for the ramp.
   *
   * @throws IllegalArgumentException if both have the same name, or the ramp is not above 0 and at
   *     most a day
   */
  public static Migration of(String name, Balancer from, Balancer to, Duration ramp) {
    return builder(name, from, to).ramp(ramp).build();
  }

  /**
   * Begins one with other settings.
   *
   * @param name what this balancer is called
   * @param from where all requests go before. Both balancers stay their owner's to close
   * @param to where all requests go afterwards
   * @throws IllegalArgumentException if both have the same name
   */
  public static MigrationBuilder builder(String name, Balancer from, Balancer to) {
    return new MigrationBuilder(name, from, to);
  }

  /** Moves requests from now on, or goes on after {@link #pause}. A whole ramp moves all. */
  public void begin() {
    steer(1);
  }

  /** Keeps the share as it is. */
  public void pause() {
    steer(0);
  }

  /** Moves requests back, as fast as they came. */
  public void rollBack() {
    steer(-1);
  }

  /** Has all new requests go to the old balancer at once, for when the new one does harm. */
  public void abort() {
    course.set(new Course(0, ticker.read(), 0));
  }

  private void steer(int direction) {
    course.updateAndGet(
        before -> {
          long now = ticker.read();
          return new Course(before.at(now, rampNanos), now, direction);
        });
  }

  /** Which share of the requests goes to the new balancer, from 0 to 1. */
  public double share() {
    Course present = course.get();
    // Requests read no clock before the ramp, nor where it rests.
    return present.direction == 0 ? present.share : present.at(ticker.read(), rampNanos);
  }

  /** Whether all requests go to the new balancer, and none is in flight at the old one. */
  public boolean isComplete() {
    return share() == 1 && inFlight(from) == 0;
  }

  /** Whether all requests go to the old balancer, and none is in flight at the new one. */
  public boolean isUndone() {
    return share() == 0 && inFlight(to) == 0;
  }

  /** Of the nodes that it has: those of endpoints that have left finish by themselves. */
  private static int inFlight(Balancer balancer) {
    return balancer.nodes().stream().mapToInt(Node::inFlight).sum();
  }

  /** The place of a request from 0 to below 1: it has moved when the share is above. */
  private double place(RequestContext context) {
    long affinity = context.affinity();
    return affinity == 0 ? chance.getAsDouble() : (Hash.mix(~affinity) >>> 11) * UNIT;
  }

  private Balancer side(double place) {
    return closed ? nobody : place < share() ? to : from;
  }

  /** Whether a balancer may begin requests now. */
  private boolean serves(Balancer side) {
    double share = share();
    return side == nobody || (!closed && (side == to ? share > 0 : share < 1));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Node select(RequestContext context) {
    Balancer side = side(place(context));
    try {
      return side.select(context);
    } catch (NoEndpointException e) {
      Balancer other = other(side);
      if (!serves(other)) {
        throw e;
      }
      return other.select(context);
    }
  }

  @Override
  public Lease lease(RequestContext context) {
    double place = place(context);
    Balancer side = side(place);
    while (true) {
      Lease lease = lease(side, context);
      Balancer began = side(place);
      // The share may have reached its end between the look at it and the begin.
      if (began == side || serves(side)) {
        return lease;
      }
      lease.end(Outcome.CANCELLED);
      side = began;
    }
  }

  private Lease lease(Balancer side, RequestContext context) {
    try {
      return side.lease(context);
    } catch (NoEndpointException e) {
      Balancer other = other(side);
      if (!serves(other)) {
        throw e;
      }
      Lease lease = other.lease(context);
      if (serves(other)) {
        return lease;
      }
      lease.end(Outcome.CANCELLED);
      throw e;
    }
  }

  private Balancer other(Balancer side) {
    return side == nobody ? nobody : side == to ? from : to;
  }

  @Override
  public Explanation explain(RequestContext context) {
    return side(place(context)).explain(context);
  }

  /** Keeps choices of the balancer that has the larger share now. */
  @Override
  public ChoiceLog record(int size, int oneIn) {
    return side(0.5).record(size, oneIn);
  }

  /** Those of the balancers that serve now. */
  @Override
  public EndpointSet endpoints() {
    Map<String, Endpoint> all = new TreeMap<>();
    for (Balancer side : serving()) {
      side.endpoints().endpoints().forEach(endpoint -> all.put(endpoint.id(), endpoint));
    }
    return EndpointSet.of(all.values());
  }

  /** Those of the balancers that serve now; two where both have an endpoint. */
  @Override
  public List<Node> nodes() {
    List<Node> all = new ArrayList<>();
    serving().forEach(side -> all.addAll(side.nodes()));
    all.sort(Comparator.comparing(node -> node.endpoint().id()));
    return List.copyOf(all);
  }

  /** Those of both, each by its share of the requests. */
  @Override
  public double capacity() {
    double share = share();
    return closed ? 0 : (1 - share) * from.capacity() + share * to.capacity();
  }

  private List<Balancer> serving() {
    return closed ? List.of() : List.of(from, to).stream().filter(this::serves).toList();
  }

  /** Completes with the endpoints of the balancer that has the larger share now. */
  @Override
  public CompletionStage<EndpointSet> ready(Duration limit) {
    return side(0.5).ready(limit);
  }

  /** Refuses requests from now on. The balancers stay open. */
  @Override
  public void close() {
    nobody.close();
    closed = true;
  }

  @Override
  public String toString() {
    long percent = Math.round(share() * 100);
    return "Migration[" + name + ", " + percent + " % moved from " + from + " to " + to + "]";
  }
}
