package io.evenkeel.lb.testkit.cluster;

import static io.evenkeel.lb.testkit.cluster.Expect.expect;
import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Node;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A kind of server: it works on as many requests at a time as it has slots, and the rest wait in
 * the order in which they came. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * Server.ofSlots(8).queue(100).serviceTime(ServiceTime.exponential(Duration.ofMillis(10)));
 * }</pre>
 */
public final class Server {
  private final int slots;
  private final int queue;
  private final ServiceTime serviceTime;
  private final double weight;
  private final @Nullable String zone;
  private final @Nullable UnaryOperator<LoadReport> reports;

  private Server(
      int slots,
      int queue,
      ServiceTime serviceTime,
      double weight,
      @Nullable String zone,
      @Nullable UnaryOperator<LoadReport> reports) {
    this.slots = slots;
    this.queue = queue;
    this.serviceTime = serviceTime;
    this.weight = weight;
    this.zone = zone;
    this.reports = reports;
  }

  /**
   * A server with a constant service time of 10 milliseconds, an unlimited queue and weight 1.
   *
   * @param slots how many requests it works on at a time, from 1 to 1,000,000
   */
  public static Server ofSlots(int slots) {
    expect(slots >= 1 && slots <= 1_000_000, "slots", slots, "1..1000000");
    ServiceTime tenMillis = ServiceTime.constant(Duration.ofMillis(10));
    return new Server(slots, Integer.MAX_VALUE, tenMillis, 1, null, null);
  }

  /**
   * How many requests may wait. One more is turned away at once, with the outcome {@code REJECTED}.
   *
   * @param length 0 or more
   */
  public Server queue(int length) {
    expect(length >= 0, "queue", length, ">= 0");
    return new Server(slots, length, serviceTime, weight, zone, reports);
  }

  /** How long it works on a request. */
  public Server serviceTime(ServiceTime time) {
    return new Server(slots, queue, requireNonNull(time, "serviceTime"), weight, zone, reports);
  }

  /** The weight that the source tells balancers of, from 0 to {@link Endpoint#MAX_WEIGHT}. */
  public Server weight(double weight) {
    expect(weight >= 0 && weight <= Endpoint.MAX_WEIGHT, "weight", weight, "0.0..1.0E9");
    return new Server(slots, queue, serviceTime, weight, zone, reports);
  }

  /** The zone that the source tells balancers of. */
  public Server zone(String zone) {
    return new Server(slots, queue, serviceTime, weight, requireNonNull(zone, "zone"), reports);
  }

  /**
   * With each response it reports how loaded it is, as {@link Node#report} takes it: the requests
   * in its hands, the one that it answers included, and the mean time of recent ones that found
   * about as many. It answers probes with the same. By default it says nothing.
   */
  public Server reports() {
    return reports(UnaryOperator.identity());
  }

  /**
   * The same for a server that gets it wrong.
   *
   * @param wording makes what is reported of what is true
   */
  public Server reports(UnaryOperator<LoadReport> wording) {
    return new Server(slots, queue, serviceTime, weight, zone, requireNonNull(wording, "wording"));
  }

  int slots() {
    return slots;
  }

  int queue() {
    return queue;
  }

  ServiceTime serviceTime() {
    return serviceTime;
  }

  /** How it reports; null if it does not. */
  @Nullable UnaryOperator<LoadReport> wording() {
    return reports;
  }

  /** What balancers are told of a server of this kind. */
  Endpoint endpoint(String name, int port) {
    return Endpoint.builder(name, port).id(name).weight(weight).zone(zone).build();
  }

  @Override
  public String toString() {
    return "Server[slots="
        + slots
        + ", queue="
        + (queue == Integer.MAX_VALUE ? "unlimited" : queue)
        + ", serviceTime="
        + serviceTime
        + ", weight="
        + weight
        + (zone == null ? "" : ", zone=" + zone)
        + (reports == null ? "]" : ", reports]");
  }
}
