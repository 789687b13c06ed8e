package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses among a part of the nodes, so that with many clients and many servers each client keeps
 * connections to, and knows the latency of, some. Different clients have different parts. A node
 * that cannot be used is made up for by the client's next one, so that there are as many as asked
 * for while so many can be used. A retry stays in the subset while that has an untried node.
 *
 * <p>There are two forms:
 *
 * <ul>
 *   <li>{@link #byRendezvous By rendezvous}, for clients that only know a name for themselves. A
 *       client ranks the nodes by a hash of its own name and theirs, and takes the first ones (gRFC
 *       A68). When a node comes or goes, at most one node of a client's subset changes. Servers get
 *       what chance gives them: of 100 servers with 100 clients and subsets of 5, the busiest has
 *       more than twice the mean.
 *   <li>{@link #byPosition By position}, for clients that are numbered. The nodes are on a ring,
 *       each with a stretch as long as its configured weight, and each client takes what is on its
 *       own part of the ring and on some after it (Finagle's deterministic aperture). Of a node at
 *       an end a client takes the part that is covered, as a lower weight. So each server gets
 *       exactly its share, if the clients agree on nodes and numbers, all nodes can be used, and
 *       the inner strategy goes by weight. A node that cannot be used leaves its share to as many
 *       others as it has clients. When nodes come or go, or the number of clients changes, nodes at
 *       the ends change.
 * </ul>
 *
 * <p>Weights do not decide which nodes rank first by rendezvous: else a heavy node would count
 * twice, by being in more subsets and by its share of each, and each change of health would be one
 * of membership. The inner strategy goes by weight. In small subsets with very unequal weights
 * heavy nodes get less than their share.
 *
 * <p>In {@link PriorityTiers} and {@link ZoneAware} each tier and zone has a subset of its own.
 * These belong around it, and so does {@link SlowStart}.
 */
public final class Subset extends Decorator {
  private static final int DEFAULT_SIZE = 12;

  private final Membership membership;

  private Subset(Strategy inner, Membership membership) {
    super(Layer.SUBSET, inner);
    this.membership = membership;
  }

  /**
   * The nodes that rank first for this client.
   *
   * @param inner chooses within the subset
   * @param client what tells this client from others; best if it outlives a restart
   * @param size how many nodes, at least 1
   * @throws IllegalArgumentException if the size is below 1, or there are tiers, zones, a subset,
   *     sessions or a {@link SlowStart} in the inner strategy
   */
  public static Subset byRendezvous(Strategy inner, String client, int size) {
    requireNonNull(client, "client");
    return new Subset(inner, new Membership.ByRendezvous(client, Expect.atLeast("size", size, 1)));
  }

  /**
   * The nodes on this client's part of the ring: at least 12.
   *
   * @param inner chooses within the subset, by weight
   * @param index the number of this client, from 0 to clients - 1
   * @param clients how many clients there are
   * @throws IllegalArgumentException as for the form with a size
   */
  public static Subset byPosition(Strategy inner, int index, int clients) {
    return byPosition(inner, index, clients, DEFAULT_SIZE);
  }

  /**
   * The nodes on this client's part of the ring.
   *
   * @param inner chooses within the subset, by weight
   * @param index the number of this client, from 0 to clients - 1
   * @param clients how many clients there are
   * @param minSize how many nodes at least; there are more where that makes each part of the ring
   *     have as many clients as any other
   * @throws IllegalArgumentException if a number is out of range, or there are tiers, zones, a
   *     subset, sessions or a {@link SlowStart} in the inner strategy
   */
  public static Subset byPosition(Strategy inner, int index, int clients, int minSize) {
    Expect.atLeast("clients", clients, 1);
    Expect.within("index", index, 0, clients - 1);
    Expect.atLeast("minSize", minSize, 1);
    return new Subset(inner, new Aperture(index, clients, minSize));
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    double[] weights = membership.weights(nodes);
    int[] groupOf = new int[weights.length];
    boolean partial = false;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] == 0) {
        weights[i] = nodes.weight(i);
        groupOf[i] = 1;
        partial = true;
      }
    }
    Groups.Group members = new Groups.Group("members", "the subset", 1, 0);
    Groups.Group others = new Groups.Group("others", "the other nodes", 0, 1);
    return Groups.newSelector(
        this,
        nodes.reweighted(weights),
        partial ? List.of(members, others) : List.of(members),
        groupOf,
        previous);
  }

  @Override
  public String toString() {
    return "Subset[" + membership + ", inner=" + inner + "]";
  }
}
