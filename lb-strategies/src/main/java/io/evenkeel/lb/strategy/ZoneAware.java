package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps requests in the client's own zone as far as its servers can take them (Envoy's zone aware
 * routing), so that every server gets its share of all requests, whichever zone they come from.
 *
 * <ul>
 *   <li>Where the own zone has at least the share of the servers that it has of the clients, all
 *       requests stay.
 *   <li>Else as many stay as the quotient of these shares, and the others go to the zones that have
 *       a larger share of servers than of clients, in proportion to the difference.
 * </ul>
 *
 * <p>With 40 / 40 / 20 % of the clients and 25 / 50 / 25 % of the servers in three zones, 62.5 % of
 * the requests from the first stay there, and the others are split 10 : 5.
 *
 * <p>Shares of servers count the weight that is offered. Endpoints without a zone are a zone
 * without clients. With too few usable nodes, or where all are in one zone, zones do not matter. A
 * retry goes to another node of its zone; when all of these were tried, to the own zone, and then
 * to any other. Requests with the same affinity go to the same zone.
 */
public final class ZoneAware extends Decorator {
  /** How old shares of the clients may be. */
  private static final Duration REFRESH = Duration.ofSeconds(10);

  /** Differences of shares below this are rounding. */
  private static final double EPSILON = 1e-9;

  /** The zone of endpoints that have none: a zone's name is never empty. */
  private static final String NOWHERE = "";

  private final String zone;
  private final int minNodes;
  private final @Nullable Supplier<Map<String, Double>> clientShares;

  private ZoneAware(Builder builder) {
    super(Layer.ZONES, builder.inner);
    this.zone = builder.zone;
    this.minNodes = builder.minNodes;
    this.clientShares = builder.clientShares;
  }

  /**
   * Zone awareness from 6 usable nodes on, with as many clients in one zone as in another.
   *
   * @param inner chooses within each zone
   * @param zone the zone of this client
   * @throws IllegalArgumentException if the zone is blank, or if there are zones, tiers, sessions
   *     or a {@link SlowStart} in the inner strategy
   */
  public static ZoneAware of(Strategy inner, String zone) {
    return builder(inner, zone).build();
  }

  /**
   * Begins a strategy with other settings.
   *
   * @param inner chooses within each zone
   * @param zone the zone of this client
   * @throws IllegalArgumentException if the zone is blank
   */
  public static Builder builder(Strategy inner, String zone) {
    return new Builder(inner, zone);
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    int n = nodes.usable().size();
    SortedMap<String, Double> servers = new TreeMap<>();
    for (int i = 0; i < n; i++) {
      servers.merge(zoneOf(nodes.usable().get(i)), nodes.weight(i), Double::sum);
    }
    if (n < minNodes || servers.size() == 1) {
      return everywhere(nodes, previous);
    }
    normalise(servers);
    Map<String, Double> clients = clients(nodes);
    double local = servers.getOrDefault(zone, 0.0);
    double own = clients.getOrDefault(zone, 0.0);
    boolean allStay = local > 0 && local >= own - EPSILON;
    double stay = allStay ? 1 : local / Math.max(own, EPSILON);
    SortedMap<String, Double> residual = new TreeMap<>();
    servers.forEach((name, share) -> residual.put(name, share - clients.getOrDefault(name, 0.0)));
    residual.replaceAll((name, more) -> name.equals(zone) || more < EPSILON ? 0 : more);
    double sum = residual.values().stream().mapToDouble(share -> share).sum();
    if (!allStay && sum == 0) {
      return everywhere(nodes, previous);
    }
    List<Groups.Group> groups = new ArrayList<>();
    residual.forEach(
        (name, more) ->
            groups.add(
                name.equals(zone)
                    ? new Groups.Group(name, "zone " + name, stay, 0)
                    : new Groups.Group(
                        name,
                        name.equals(NOWHERE) ? "no zone" : "zone " + name,
                        (1 - stay) * more / Math.max(sum, EPSILON),
                        1)));
    List<String> names = List.copyOf(servers.keySet());
    int[] groupOf = new int[n];
    for (int i = 0; i < n; i++) {
      groupOf[i] = names.indexOf(zoneOf(nodes.usable().get(i)));
    }
    return Groups.newSelector(this, nodes, groups, groupOf, previous);
  }

  private Selector everywhere(NodeSet nodes, @Nullable Selector previous) {
    Groups.Group all = new Groups.Group(this, "all zones", 1, 0);
    return Groups.newSelector(this, nodes, List.of(all), new int[nodes.usable().size()], previous);
  }

  private Map<String, Double> clients(NodeSet nodes) {
    SortedMap<String, Double> clients = new TreeMap<>();
    if (clientShares != null) {
      nodes.renewAfter(REFRESH);
      clientShares.get().forEach((name, share) -> clients.put(name, valid(name, share)));
    }
    if (clients.values().stream().noneMatch(share -> share > 0)) {
      nodes.all().forEach(node -> clients.put(zoneOf(node), 1.0));
      clients.put(zone, 1.0);
      clients.remove(NOWHERE);
    }
    normalise(clients);
    return clients;
  }

  private static double valid(String zone, double share) {
    boolean holds = share >= 0 && share < Double.POSITIVE_INFINITY;
    Expect.that(holds, "share of clients in " + zone, share, ">= 0, finite");
    return share;
  }

  private static void normalise(Map<String, Double> shares) {
    double sum = shares.values().stream().mapToDouble(share -> share).sum();
    shares.replaceAll((name, share) -> share / sum);
  }

  private static String zoneOf(Node node) {
    return Objects.requireNonNullElse(node.endpoint().zone(), NOWHERE);
  }

  @Override
  public String toString() {
    return "ZoneAware[zone=" + zone + ", minNodes=" + minNodes + ", inner=" + inner + "]";
  }

  /** Builds a {@link ZoneAware}. Not thread-safe. */
  public static final class Builder {
    private final Strategy inner;
    private final String zone;
    private int minNodes = 6;
    private @Nullable Supplier<Map<String, Double>> clientShares;

    private Builder(Strategy inner, String zone) {
      this.inner = inner;
      this.zone = requireNonNull(zone, "zone");
      Expect.that(!zone.isBlank(), "zone", '"' + zone + '"', "not blank");
    }

    /**
     * From how many usable nodes on zones matter: few nodes in a zone are easily too few for it. By
     * default 6.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public Builder minNodes(int nodes) {
      this.minNodes = Expect.atLeast("minNodes", nodes, 1);
      return this;
    }

    /**
     * How the requests of all clients are spread over the zones, in any unit, such as the number of
     * clients in each. Asked off the request path, whenever nodes change and every 10 seconds. By
     * default, and where all are 0, each zone that is seen has the same share.
     *
     * @param shares safe to call from any thread; each share at least 0 and finite, or the balancer
     *     reports a fault and chooses at random
     */
    public Builder clientShares(Supplier<Map<String, Double>> shares) {
      this.clientShares = requireNonNull(shares, "shares");
      return this;
    }

    /**
     * The strategy.
     *
     * @throws IllegalArgumentException if there are zones, tiers, sessions or a {@link SlowStart}
     *     in the inner strategy
     */
    public ZoneAware build() {
      return new ZoneAware(this);
    }
  }
}
