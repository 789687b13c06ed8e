package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.HashSet;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps requests of one {@linkplain RequestContext#affinity() affinity} on one of numbered shards,
 * which grow and shrink at the end (Lamping and Veach, "A fast, minimal memory, consistent hash
 * algorithm", 2014). When a shard is added, only the keys move that it gets. Shares are equal:
 * weights are not looked at, but for 0.
 *
 * <p>The keys of a shard that is out of use go elsewhere, each to the same other shard as long as
 * that is there, and come back with it. Requests without affinity go to shards at random.
 */
public final class JumpHash implements Strategy {
  private static final int MOST_SHARDS = 1 << 20;

  private final ToIntFunction<Endpoint> number;

  private JumpHash(ToIntFunction<Endpoint> number) {
    this.number = number;
  }

  /**
   * Shards by their numbers. Beyond the highest number there are none; one that is missing below it
   * is taken for out of use.
   *
   * @param number the shard's number, from 0 to 1,048,575, no two the same; other numbers make the
   *     strategy refuse the set, which the balancer reports
   */
  public static JumpHash of(ToIntFunction<Endpoint> number) {
    return new JumpHash(requireNonNull(number, "number"));
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    int shards = 0;
    Set<Integer> seen = new HashSet<>();
    for (Node node : nodes.all()) {
      int at = number.applyAsInt(node.endpoint());
      if (at < 0 || at >= MOST_SHARDS || !seen.add(at)) {
        throw new IllegalArgumentException(
            "number of "
                + node.endpoint()
                + ": "
                + at
                + " (expected: 0.."
                + (MOST_SHARDS - 1)
                + ", no two the same)");
      }
      shards = Math.max(shards, at + 1);
    }
    @Nullable Node[] usable = new @Nullable Node[shards];
    for (Node node : nodes.usable()) {
      usable[number.applyAsInt(node.endpoint())] = node;
    }
    return new Jumps(usable, nodes.random());
  }

  @Override
  public String toString() {
    return "JumpHash";
  }

  /** The shard of a key: the paper's five lines. */
  static int shard(long key, int shards) {
    long state = key;
    long shard = -1;
    long jump = 0;
    while (jump < shards) {
      shard = jump;
      state = state * 2862933555777941757L + 1;
      jump = (long) ((shard + 1) * (0x1p31 / ((state >>> 33) + 1)));
    }
    return (int) shard;
  }

  private static final class Jumps implements Selector {
    /** After so many shards that are out of use or tried all are looked at. */
    private static final int NEXT_CHOICES = 64;

    private final @Nullable Node[] shards;
    private final RandomGenerator random;

    Jumps(@Nullable Node[] shards, RandomGenerator random) {
      this.shards = shards;
      this.random = random;
    }

    @Override
    public @Nullable Node select(RequestContext context) {
      long key = Hashes.key(context, random);
      Node chosen = shards[shard(key, shards.length)];
      return chosen == null || context.tried(chosen.endpoint()) ? next(context, key) : chosen;
    }

    private @Nullable Node next(RequestContext context, long key) {
      for (int i = 1; i <= NEXT_CHOICES; i++) {
        Node node = shards[shard(Hashes.follower(key, i), shards.length)];
        if (node != null && !context.tried(node.endpoint())) {
          return node;
        }
      }
      return farNext(context, key);
    }

    /** By rendezvous: hardly any shard is left. */
    private @Nullable Node farNext(RequestContext context, long key) {
      Node chosen = null;
      long most = Long.MIN_VALUE;
      for (int i = 0; i < shards.length; i++) {
        Node node = shards[i];
        long score = Hashes.follower(key, NEXT_CHOICES + 1 + i);
        if (node != null && score >= most && !context.tried(node.endpoint())) {
          chosen = node;
          most = score;
        }
      }
      return chosen;
    }
  }
}
