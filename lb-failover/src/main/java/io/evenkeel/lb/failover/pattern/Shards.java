package io.evenkeel.lb.failover.pattern;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.setting.Expect;
import java.util.List;
import java.util.function.LongToIntFunction;

/**
 * Groups of endpoints of which each has a part of the keys, with what makes calls in each: a {@link
 * io.evenkeel.lb.failover.Failover}, a {@link ReadWrite}, a {@link Redundant}. The key is the
 * request's {@linkplain RequestContext#affinity affinity}. Immutable.
 *
 * <pre>{@code
 * Shards<Failover> shards = Shards.of(List.of(Failover.of(orders), Failover.of(payments)));
 * shards.of(context).call(context, endpoint -> get("http://" + endpoint.authority() + "/17"));
 * }</pre>
 *
 * <p>A call never leaves its shard: others do not have its key. When all endpoints of a shard fail,
 * so do calls for its keys, and no others.
 *
 * @param <S> what makes calls in a shard
 */
public final class Shards<S> {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private final List<S> shards;
  private final LongToIntFunction shardOf;

  private Shards(List<S> shards, LongToIntFunction shardOf) {
    Expect.within("shards", shards.size(), 1, 1 << 20);
    this.shards = List.copyOf(shards);
    this.shardOf = requireNonNull(shardOf, "shardOf");
  }

  /**
   * With equal parts of the keys, by jump hash (Lamping and Veach, "A fast, minimal memory,
   * consistent hash algorithm", 2014). With one shard more at the end, only the keys move that it
   * gets: one in as many as there are then. Shards cannot be left out but at the end.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static <S> Shards<S> of(List<S> shards) {
    int count = shards.size();
    return new Shards<>(shards, affinity -> jump(affinity, count));
  }

  /**
   * With another distribution, such as ranges, a ring, or a directory.
   *
   * @param shardOf the place in the list of the shard of an affinity; called for each call, by any
   *     number of threads
   * @throws IllegalArgumentException if there is no shard
   */
  public static <S> Shards<S> of(List<S> shards, LongToIntFunction shardOf) {
    return new Shards<>(shards, shardOf);
  }

  /**
   * The shard of a request.
   *
   * @throws IllegalArgumentException if it has no affinity
   * @throws IllegalStateException if the distribution gives a shard that does not exist
   */
  public S of(RequestContext context) {
    long affinity = context.affinity();
    if (affinity == 0) {
      throw new IllegalArgumentException("affinity: 0 (expected: the hash of a key)");
    }
    int shard = shardOf.applyAsInt(affinity);
    if (shard < 0 || shard >= shards.size()) {
      throw new IllegalStateException(
          "shard of " + affinity + ": " + shard + " (expected: 0.." + (shards.size() - 1) + ")");
    }
    return shards.get(shard);
  }

  /** All, in their order; for calls that are for every shard. */
  public List<S> all() {
    return shards;
  }

  /**
   * The paper's five lines. The key is mixed before, since affinities may be small numbers, and not
   * as strategies do that hash within a shard: they would see only some of their keys.
   */
  private static int jump(long affinity, int count) {
    long state = Hash.mix(affinity + GOLDEN);
    long shard = -1;
    long jump = 0;
    while (jump < count) {
      shard = jump;
      state = state * 2862933555777941757L + 1;
      jump = (long) ((shard + 1) * (0x1p31 / ((state >>> 33) + 1)));
    }
    return (int) shard;
  }

  @Override
  public String toString() {
    return "Shards" + shards;
  }
}
