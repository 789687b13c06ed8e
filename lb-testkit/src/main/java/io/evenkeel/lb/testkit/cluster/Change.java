package io.evenkeel.lb.testkit.cluster;

import static io.evenkeel.lb.testkit.cluster.Expect.expect;
import static io.evenkeel.lb.testkit.cluster.Expect.expectShare;
import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Something that happens to a cluster in the course of a run. Immutable.
 *
 * <pre>{@code
 * cluster.at(Duration.ofSeconds(10), slows("s3", 10)).at(Duration.ofSeconds(20), recovers("s3"));
 * }</pre>
 */
public final class Change {
  private final String text;
  private final @Nullable String server;
  private final @Nullable Server newcomer;
  private final Consumer<Simulation> effect;

  private Change(
      String text,
      @Nullable String server,
      @Nullable Server newcomer,
      Consumer<Simulation> effect) {
    this.text = text;
    this.server = server;
    this.newcomer = newcomer;
    this.effect = effect;
  }

  /**
   * The server takes this many times as long as at first, also for what it is working on.
   *
   * @param factor above 0; 1 is the normal speed
   */
  public static Change slows(String server, double factor) {
    expect(factor > 0 && factor <= 1e6, "factor", factor, "above 0, up to 1e6");
    return toServer(server, "slows " + factor + " times", s -> s.slow(factor));
  }

  /**
   * This share of requests ends as {@link Outcome#FAILURE}, after the usual time.
   *
   * @param share from 0 to 1
   */
  public static Change errs(String server, double share) {
    expectShare("share", share);
    return toServer(server, "errs, share " + share, s -> s.err(share));
  }

  /**
   * This share of requests ends as {@link Outcome#FAILURE} at once, without a slot: the server that
   * looks the fastest of all.
   *
   * @param share from 0 to 1
   */
  public static Change failsFast(String server, double share) {
    expectShare("share", share);
    return toServer(server, "fails fast, share " + share, s -> s.failFast(share));
  }

  /**
   * The server takes requests in, without limit, and answers none until it recovers or restarts.
   * Clients without a timeout wait; what they still wait for when nothing else can happen ends as
   * {@link Outcome#CANCELLED}.
   */
  public static Change hangs(String server) {
    return toServer(server, "hangs", LiveServer::hang);
  }

  /**
   * The server takes no new request: they end at once as {@link Outcome#UNREACHABLE}. It finishes
   * those that it has.
   */
  public static Change refuses(String server) {
    return toServer(server, "refuses", LiveServer::refuse);
  }

  /**
   * The server is gone: requests that it has end as {@link Outcome#FAILURE}, new ones as {@link
   * Outcome#UNREACHABLE}. It stays a member, as discovery is often the last to know.
   */
  public static Change dies(String server) {
    return toServer(server, "dies", LiveServer::die);
  }

  /**
   * The server loses the requests that it has, if it has any, and begins anew with nothing wrong
   * with it.
   */
  public static Change restarts(String server) {
    return toServer(server, "restarts", LiveServer::restart);
  }

  /** Nothing is wrong with the server any more; it goes on with the requests that it has. */
  public static Change recovers(String server) {
    return toServer(server, "recovers", LiveServer::recover);
  }

  /** The server reports its load no more, until it recovers or restarts. */
  public static Change fallsSilent(String server) {
    return toServer(server, "falls silent", LiveServer::fallSilent);
  }

  /** A new server joins: the source publishes it too. */
  public static Change joins(String server, Server kind) {
    requireNonNull(kind, "kind");
    return new Change(
        server + " joins as " + kind,
        server,
        kind,
        simulation -> simulation.members().join(server));
  }

  /** A server that has left joins again. */
  public static Change joins(String server) {
    return new Change(
        server + " joins", server, null, simulation -> simulation.members().join(server));
  }

  /** The server leaves: the source publishes the set without it. It finishes what it has. */
  public static Change leaves(String server) {
    return new Change(
        server + " leaves", server, null, simulation -> simulation.members().leave(server));
  }

  /**
   * The source publishes another weight for the server.
   *
   * @param weight from 0, which drains it, to {@link Endpoint#MAX_WEIGHT}
   */
  public static Change weighs(String server, double weight) {
    expect(weight >= 0 && weight <= Endpoint.MAX_WEIGHT, "weight", weight, "0.0..1.0E9");
    return new Change(
        server + " weighs " + weight,
        server,
        null,
        simulation -> simulation.members().weigh(server, weight));
  }

  /** From now on requests arrive like this. */
  public static Change arrivals(Arrivals arrivals) {
    requireNonNull(arrivals, "arrivals");
    return new Change(
        "arrivals " + arrivals, null, null, simulation -> simulation.arriveAs(arrivals));
  }

  private static Change toServer(String name, String text, Consumer<LiveServer> effect) {
    requireNonNull(name, "server");
    return new Change(
        name + " " + text, name, null, simulation -> effect.accept(simulation.server(name)));
  }

  /** The server that it concerns, if it concerns one. */
  @Nullable String server() {
    return server;
  }

  /** The kind of the server that it brings, if it brings one. */
  @Nullable Server newcomer() {
    return newcomer;
  }

  void apply(Simulation simulation) {
    effect.accept(simulation);
  }

  @Override
  public String toString() {
    return text;
  }
}
