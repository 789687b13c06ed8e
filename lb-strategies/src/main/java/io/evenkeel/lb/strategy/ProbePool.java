package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.RequestContext;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The latest answers to probes, and which node they speak for. Lock-free, without allocation but
 * where an answer comes in.
 *
 * <p>Memory: an answer is one word (latency, 24 bits of a float; requests in flight, 16; node, 16;
 * uses that are left, 8), changed by compare-and-set alone; a word without uses is an empty slot.
 * Order and time of an answer lie beside it and may for a moment be those of the one before: then
 * another answer than the oldest is removed. {@code hot} is reckoned when an answer comes, from
 * what nodes say then, and stays while choices count themselves. A choice reads the words and
 * {@code hot}, which are on cache lines of their own, and nothing else that answers write.
 */
final class ProbePool {
  static final int NONE = -1;

  /** How many uses stand for as many as one likes. */
  static final int UNLIMITED = 255;

  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int MAX_IN_FLIGHT = 0xffff;
  private static final int RETRIES = 4;

  /** Two cache lines before and behind what is written in an array. */
  private static final int PADDING = 16;

  private final double quantile;
  private final int capacity;

  /** A word for each slot, and behind them {@code hot}. */
  private final long[] words;

  /** When each answer came, as a number, and behind them the next. */
  private final long[] orders;

  private final long[] times;

  /** By what to multiply the loads of each node, so that its weight counts. */
  private volatile double[] scales;

  /** The time of the latest renewal, which stands for the present. */
  private volatile long nowNanos;

  ProbePool(int capacity, double quantile, double[] scales, long nowNanos) {
    this.quantile = quantile;
    this.capacity = capacity;
    this.words = padded(capacity + 1);
    this.orders = padded(capacity + 1);
    this.times = padded(capacity);
    this.scales = scales;
    this.nowNanos = nowNanos;
  }

  long nowNanos() {
    return nowNanos;
  }

  /** Takes the time and the scales, and drops answers that are older than this. */
  void renew(double[] newScales, long now, long oldestNanos) {
    scales = newScales;
    nowNanos = now;
    for (int slot = 0; slot < capacity; slot++) {
      long word = word(slot);
      if (uses(word) > 0 && now - get(times, slot) > oldestNanos) {
        replace(slot, word, 0);
      }
    }
  }

  /** Puts the answers into another pool, where nodes have other numbers; NONE for those gone. */
  void moveTo(ProbePool other, int[] numbers) {
    for (int slot = 0; slot < capacity; slot++) {
      long word = word(slot);
      if (uses(word) > 0 && numbers[node(word)] != NONE) {
        set(other.words, slot, (word & ~(0xffffL << 8)) | ((long) numbers[node(word)] << 8));
        set(other.orders, slot, get(orders, slot));
        set(other.times, slot, get(times, slot));
      }
    }
    set(other.orders, capacity, added());
    other.reckon();
  }

  /**
   * Adds an answer in place of an older one of the same node, or into an empty slot, or of the
   * oldest.
   */
  void add(int node, int inFlight, long latencyNanos, int uses) {
    long word = pack(node, inFlight, latencyNanos, uses);
    for (int i = 0; i < capacity; i++) {
      int slot = slotFor(node);
      long before = word(slot);
      if (replace(slot, before, word)) {
        set(orders, slot, (long) LONGS.getAndAdd(orders, PADDING + capacity, 1L));
        set(times, slot, nowNanos);
        break;
      }
    }
    reckon();
  }

  private int slotFor(int node) {
    int empty = NONE;
    for (int slot = 0; slot < capacity; slot++) {
      long word = word(slot);
      if (uses(word) == 0) {
        empty = slot;
      } else if (node(word) == node) {
        return slot;
      }
    }
    return empty != NONE ? empty : oldest();
  }

  /** Finds anew from when on a node is hot: the quantile by nearest rank. */
  private void reckon() {
    double[] factors = scales;
    double[] loads = new double[capacity];
    int found = 0;
    for (int slot = 0; slot < capacity; slot++) {
      long word = word(slot);
      if (uses(word) > 0) {
        loads[found++] = inFlight(word) * factors[node(word)];
      }
    }
    if (found > 0) {
      Arrays.sort(loads, 0, found);
      double hot = loads[Math.max(0, (int) Math.ceil(quantile * found) - 1)];
      set(words, capacity, Double.doubleToRawLongBits(hot));
    }
  }

  /**
   * The number of the node to choose, and counts a request there; NONE if there are fewer than two
   * answers, or none for a node that is untried.
   */
  int take(Node[] nodes, RequestContext context) {
    int node = NONE;
    for (int i = 0; i < RETRIES; i++) {
      int slot = best(nodes, context);
      if (slot == NONE) {
        return NONE;
      }
      long word = word(slot);
      if (uses(word) > 0) {
        node = node(word);
        if (replace(slot, word, used(word))) {
          return node;
        }
      }
    }
    // Others were quicker each time: a good choice all the same, though not counted.
    return node;
  }

  /** The same, but it counts nothing. */
  int look(Node[] nodes, RequestContext context) {
    int slot = best(nodes, context);
    return slot == NONE ? NONE : node(word(slot));
  }

  private int best(Node[] nodes, RequestContext context) {
    int slot = bestOf(nodes, null);
    return slot != NONE && context.tried(nodes[node(word(slot))].endpoint())
        ? bestOf(nodes, context)
        : slot;
  }

  /** The slot of the cold node with the least latency, or else of the one with least in flight. */
  private int bestOf(Node[] nodes, @Nullable RequestContext untried) {
    double[] factors = scales;
    double limit = hot();
    int found = 0;
    int coldest = NONE;
    int leastHot = NONE;
    double latency = Double.POSITIVE_INFINITY;
    double inFlight = Double.POSITIVE_INFINITY;
    for (int slot = 0; slot < capacity; slot++) {
      long word = word(slot);
      if (uses(word) == 0) {
        continue;
      }
      found++;
      int node = node(word);
      double load = inFlight(word) * factors[node];
      boolean cold = load <= limit;
      boolean better = cold ? latency(word) * factors[node] < latency : load < inFlight;
      if (!better || (untried != null && untried.tried(nodes[node].endpoint()))) {
        continue;
      }
      if (cold) {
        coldest = slot;
        latency = latency(word) * factors[node];
      } else {
        leastHot = slot;
        inFlight = load;
      }
    }
    if (found < 2) {
      return NONE;
    }
    return coldest != NONE ? coldest : leastHot;
  }

  /** Removes the answer of a node. */
  void remove(int node) {
    for (int slot = 0; slot < capacity; slot++) {
      long word = word(slot);
      while (uses(word) > 0 && node(word) == node) {
        replace(slot, word, 0);
        word = word(slot);
      }
    }
  }

  void removeOldest() {
    int slot = oldest();
    replace(slot, word(slot), 0);
  }

  private int oldest() {
    int oldest = 0;
    long first = Long.MAX_VALUE;
    for (int slot = 0; slot < capacity; slot++) {
      long came = get(orders, slot);
      if (uses(word(slot)) > 0 && came < first) {
        oldest = slot;
        first = came;
      }
    }
    return oldest;
  }

  /** The hot node with the most in flight, or else the cold one with the highest latency. */
  void removeWorst() {
    double[] factors = scales;
    double limit = hot();
    int hottest = NONE;
    int slowest = NONE;
    double inFlight = -1;
    double latency = -1;
    for (int slot = 0; slot < capacity; slot++) {
      long word = word(slot);
      if (uses(word) > 0) {
        double load = inFlight(word) * factors[node(word)];
        double slowness = latency(word) * factors[node(word)];
        if (load > limit && load > inFlight) {
          hottest = slot;
          inFlight = load;
        } else if (load <= limit && slowness > latency) {
          slowest = slot;
          latency = slowness;
        }
      }
    }
    int worst = hottest != NONE ? hottest : slowest;
    if (worst != NONE) {
      replace(worst, word(worst), 0);
    }
  }

  /** How many answers were ever added. */
  long added() {
    return get(orders, capacity);
  }

  /** How many answers there are. */
  int size() {
    int size = 0;
    for (int slot = 0; slot < capacity; slot++) {
      size += uses(word(slot)) > 0 ? 1 : 0;
    }
    return size;
  }

  private long word(int slot) {
    return get(words, slot);
  }

  private boolean replace(int slot, long before, long after) {
    return LONGS.compareAndSet(words, PADDING + slot, before, after);
  }

  /** Up to how many requests in flight, scaled, a node is cold. */
  private double hot() {
    return Double.longBitsToDouble(get(words, capacity));
  }

  private static long[] padded(int length) {
    return new long[PADDING + length + PADDING];
  }

  private static long get(long[] padded, int index) {
    return (long) LONGS.getOpaque(padded, PADDING + index);
  }

  private static void set(long[] padded, int index, long value) {
    LONGS.setOpaque(padded, PADDING + index, value);
  }

  private static long pack(int node, int inFlight, long latencyNanos, int uses) {
    // Of a float above 0 the sign is not needed, nor are the last of its bits.
    int latency = Float.floatToRawIntBits((float) Math.max(1, latencyNanos)) >>> 7;
    int requests = Math.min(inFlight, MAX_IN_FLIGHT);
    return ((long) latency << 40) | ((long) requests << 24) | ((long) node << 8) | uses;
  }

  private static long used(long word) {
    int left = uses(word);
    if (left == 1) {
      return 0;
    }
    long counted = inFlight(word) < MAX_IN_FLIGHT ? word + (1L << 24) : word;
    return left == UNLIMITED ? counted : counted - 1;
  }

  private static double latency(long word) {
    return Float.intBitsToFloat((int) (word >>> 40) << 7);
  }

  private static int inFlight(long word) {
    return (int) (word >>> 24) & 0xffff;
  }

  private static int node(long word) {
    return (int) (word >>> 8) & 0xffff;
  }

  private static int uses(long word) {
    return (int) word & 0xff;
  }
}
