package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Nodes in groups, such as tiers or zones. Each request draws a group by the groups' shares, and
 * the selector that the inner strategy made for that group chooses. Where there is one group, that
 * selector is all there is.
 *
 * <p>A request with an affinity draws by it, so that what belongs together stays in one group while
 * the shares stay as they are, and hardly any moves when they change.
 *
 * <p>A group whose selector has no untried node stands back: the request goes to any untried node
 * of the group, by weight, and then to one of another group, in the order of their ranks. The
 * balancer itself would look among all nodes alike, so that the first retry might leave its tier.
 */
final class Groups implements Selector {
  private final Decorator owner;
  private final int salt;
  private final Map<Object, Selector> byKey = new HashMap<>();

  /** Of the groups with a share: who chooses, and at which tickets of 2^63 the next one begins. */
  private final Selector[] choosers;

  private final int[] drawn;
  private final long[] ends;

  private final Node[] nodes;
  private final double[] weights;
  private final int[] groupOf;
  private final int[] ranks;
  private final String[] names;
  private final RandomGenerator random;

  /**
   * @param key what makes it the same group in the next set
   * @param name what explanations call it
   * @param share of the requests, in any unit; 0 for a group that is only there for retries
   * @param rank retries prefer lower ones
   */
  record Group(Object key, String name, double share, int rank) {}

  /**
   * A selector over groups.
   *
   * @param groups in an order that does not change; at least one has a share above 0
   * @param groupOf the group of each usable node; each group has one
   * @param previous what the owner returned before
   */
  static Selector newSelector(
      Decorator owner,
      NodeSet nodes,
      List<Group> groups,
      int[] groupOf,
      @Nullable Selector previous) {
    return groups.size() == 1
        ? owner.inner.newSelector(nodes, before(owner, groups.get(0), true, previous))
        : new Groups(owner, nodes, groups, groupOf, previous);
  }

  /** What a group's selector was, given that of the owner. */
  private static @Nullable Selector before(
      Decorator owner, Group group, boolean first, @Nullable Selector previous) {
    if (previous instanceof Groups groups && groups.owner == owner) {
      return groups.byKey.get(group.key());
    }
    // There was one group. Chances are that it was what is the first one now.
    return first ? previous : null;
  }

  private Groups(
      Decorator owner,
      NodeSet set,
      List<Group> groups,
      int[] groupOf,
      @Nullable Selector previous) {
    this.owner = owner;
    this.salt = owner.layer.name().hashCode();
    this.nodes = Nodes.array(set);
    this.weights = Nodes.weights(set);
    this.groupOf = groupOf;
    this.ranks = groups.stream().mapToInt(Group::rank).toArray();
    this.names = groups.stream().map(Group::name).toArray(String[]::new);
    this.random = set.random();
    double sum = groups.stream().mapToDouble(Group::share).sum();
    int loaded = (int) groups.stream().filter(group -> group.share() > 0).count();
    choosers = new Selector[loaded];
    drawn = new int[loaded];
    ends = new long[loaded - 1];
    double end = 0;
    int next = 0;
    for (int i = 0; i < ranks.length; i++) {
      Group group = groups.get(i);
      Selector before = before(owner, group, next == 0, previous);
      if (group.share() > 0) {
        Selector chooser = owner.inner.newSelector(only(set, i), before);
        byKey.put(group.key(), chooser);
        choosers[next] = chooser;
        drawn[next] = i;
        end += group.share();
        if (next < ends.length) {
          ends[next] = (long) (end / sum * 0x1p63);
        }
        next++;
      } else if (before != null) {
        byKey.put(group.key(), before);
      }
    }
  }

  private NodeSet only(NodeSet set, int group) {
    double[] kept = new double[weights.length];
    Arrays.setAll(kept, i -> groupOf[i] == group ? weights[i] : 0);
    return set.reweighted(kept);
  }

  @Override
  public @Nullable Node select(RequestContext context) {
    int index = ends.length == 0 ? 0 : draw(context);
    Node node = choosers[index].select(context);
    return node == null || context.tried(node.endpoint())
        ? instead(node, drawn[index], context)
        : node;
  }

  @Override
  public @Nullable Node explain(RequestContext context, Consumer<String> why) {
    int index = ends.length == 0 ? 0 : draw(context);
    int group = drawn[index];
    why.accept(names[group] + (ends.length == 0 ? " takes all" : " drawn"));
    Node node = choosers[index].explain(context, why);
    if (node != null && !context.tried(node.endpoint())) {
      return node;
    }
    Node other = instead(node, group, context);
    int place = Arrays.asList(nodes).indexOf(other);
    if (other != node && place >= 0) {
      why.accept("no untried choice there: a node of " + names[groupOf[place]] + " at random");
    }
    return other;
  }

  /**
   * Counts the ends at or below a random ticket: no processor predicts how a branch would go. Two
   * groups are the usual case, and a loop of one turn would be two fifths of all that groups cost.
   * The hash is another than that which hashing strategies choose by, and another in each layer, or
   * what is in a group would see only some of the keys.
   */
  private int draw(RequestContext context) {
    long affinity = context.affinity();
    long ticket = (affinity == 0 ? random.nextLong() : Hashes.follower(affinity, salt)) >>> 1;
    int index = (int) ((ends[0] - 1 - ticket) >>> 63);
    for (int i = 1; i < ends.length; i++) {
      index += (int) ((ends[i] - 1 - ticket) >>> 63);
    }
    return index;
  }

  /**
   * A node at random by weight, of the first group that has an untried one.
   *
   * @param otherwise taken when all were tried
   */
  private @Nullable Node instead(@Nullable Node otherwise, int group, RequestContext context) {
    int least = Integer.MAX_VALUE;
    double sum = 0;
    for (int i = 0; i < nodes.length; i++) {
      int rank = rank(i, group);
      if (rank <= least && !context.tried(nodes[i].endpoint())) {
        sum = rank < least ? weights[i] : sum + weights[i];
        least = rank;
      }
    }
    Node last = otherwise;
    double ticket = sum == 0 ? 0 : random.nextDouble() * sum;
    for (int i = 0; i < nodes.length && ticket >= 0; i++) {
      if (rank(i, group) == least && !context.tried(nodes[i].endpoint())) {
        last = nodes[i];
        ticket -= weights[i];
      }
    }
    return last;
  }

  private int rank(int node, int group) {
    return groupOf[node] == group ? Integer.MIN_VALUE : ranks[groupOf[node]];
  }
}
