package io.evenkeel.lb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A bound on how many requests each of some nodes may have in flight: a node takes one more only
 * while it has fewer than
 *
 * <pre>
 * ceil(factor * (in flight on all of them + 1) * weight / sum of their weights)
 * </pre>
 *
 * (Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads", 2016). There is
 * always one with room, because not all can have more than their share.
 *
 * <p>The bound is strict: each request was within it at the instant at which it was taken. A node's
 * word is its count and a version that every change moves on. A begin reads the word, then the
 * total, and then writes the word by compare-and-set; if that succeeds, the count was what it was
 * when the total was read. The total must never be above what is in flight: it goes up after a
 * request was counted on its node, and down before it leaves it. So it may lag behind while threads
 * are between the two, and a node that seems to be full by it is judged again by the sum over all
 * words at one instant; if others are so busy that there is none, it is full: the bound holds all
 * the more.
 *
 * <p>Nodes move to another bound when the set of nodes changes: the control thread writes {@code
 * Node.share}, and whoever next meets a word of another epoch moves it on, and adds the requests on
 * it to the new bound's total. What still reaches the total of the old bound is of no account.
 * While the set of nodes changes, a node that is full by its bound is judged by the next one, too:
 * of a set that grew all nodes that the old choices know may be full by the new bound, and of one
 * that shrank by the old.
 *
 * <p>Memory: words and totals are read as volatile and written by read-modify-write, {@code
 * Node.share} is volatile; all of them in one order that all threads agree on. No thread waits for
 * another: where one has to begin anew, another has got on.
 */
final class LoadBound {
  static final int MAX_FACTOR = 100;

  private static final VarHandle TOTAL = MethodHandles.arrayElementVarHandle(long[].class);

  /** Away from what shares its cache line, on both sides. */
  private static final int AT = 15;

  /** What arithmetic may add to a product that should be whole. */
  private static final double EXACT = 1 - 1e-12;

  /** How often to look for an instant at which nothing changes, before a node is taken for full. */
  private static final int GLANCES = 64;

  private static final int VERSION_BITS = 24;
  private static final long ONE_VERSION = 1L << Integer.SIZE;
  private static final long VERSION = ((1L << VERSION_BITS) - 1) << Integer.SIZE;
  private static final int EPOCH_SHIFT = Integer.SIZE + VERSION_BITS;
  private static final int EPOCH = 0xff;

  private final Node[] nodes;
  private final double[] perRequest;
  private final long[] total = new long[2 * AT + 1];

  private LoadBound(Node[] nodes, double[] perRequest) {
    this.nodes = nodes;
    this.perRequest = perRequest;
  }

  /** What a node has to do with a bound. */
  static final class Share {
    private final LoadBound bound;

    /** How many requests the node may have for each that all have. */
    private final double perRequest;

    /**
     * The lowest bits of how many bounds the node has had; its word has the same when what is on it
     * has been added to the total.
     */
    private final int epoch;

    private Share(LoadBound bound, double perRequest, int epoch) {
      this.bound = bound;
      this.perRequest = perRequest;
      this.epoch = epoch;
    }

    /** Bounds nothing, for a node that no bound is for. */
    static Share free() {
      return new Share(ofNone(), Double.POSITIVE_INFINITY, 0);
    }

    /** Whether a node with this word is full by what was in flight while it had it. */
    boolean isFull(Node node, long word) {
      return (int) word >= cap(this, bound.totalWhile(node, word));
    }

    boolean isOf(LoadBound other) {
      return bound == other;
    }

    boolean isFree() {
      return perRequest == Double.POSITIVE_INFINITY;
    }
  }

  /**
   * A bound for nodes, in which those are that had none. The others must {@link #takeAll follow}
   * when choices are made among the new nodes. For control threads.
   */
  static LoadBound of(Node[] nodes, double[] weights, double factor) {
    double sum = Arrays.stream(weights).sum();
    double[] perRequest = new double[nodes.length];
    Arrays.setAll(perRequest, i -> factor * (weights[i] / sum) * EXACT);
    LoadBound present = share(nodes[0]).bound;
    if (present.isOn(nodes, perRequest)) {
      return present;
    }
    LoadBound bound = new LoadBound(nodes, perRequest);
    for (int i = 0; i < nodes.length; i++) {
      if (share(nodes[i]).isFree()) {
        bound.take(nodes[i], perRequest[i]);
      } else {
        nodes[i].nextShare = new Share(bound, perRequest[i], 0);
      }
    }
    return bound;
  }

  /** Takes in the nodes that have another bound. For control threads. */
  void takeAll() {
    for (int i = 0; i < nodes.length; i++) {
      if (share(nodes[i]).bound != this) {
        take(nodes[i], perRequest[i]);
      }
      nodes[i].nextShare = null;
    }
  }

  /** Lets a node take all requests. For control threads. */
  static void release(Node node) {
    if (!share(node).isFree()) {
      ofNone().take(node, Double.POSITIVE_INFINITY);
    }
  }

  /** Lets a node take no request. For control threads. */
  static void shut(Node node) {
    node.nextShare = null;
    ofNone().take(node, 0);
  }

  private static LoadBound ofNone() {
    return new LoadBound(new Node[0], new double[0]);
  }

  /** Counts a request, if there is room for it. */
  static boolean begin(Node node) {
    while (true) {
      Share share = share(node);
      long word = node.word();
      if (!isCurrent(node, share, word)) {
        moveOn(node, share, word);
      } else {
        boolean room = (int) word < cap(share, share.bound.total());
        if (!room && share.isFull(node, word) && isFull(node.nextShare, node, word)) {
          if (node.word() == word) {
            return false;
          }
        } else if (node.change(word, next(word, 1))) {
          share.bound.add(1);
          return true;
        }
      }
    }
  }

  /** Counts a request as ended; says whether that was the last. */
  static boolean end(Node node) {
    LoadBound told = null;
    while (true) {
      Share share = share(node);
      long word = node.word();
      if (!isCurrent(node, share, word)) {
        moveOn(node, share, word);
      } else {
        if ((int) word <= 0) {
          return false; // ended more often than begun
        }
        if (told != share.bound) {
          told = share.bound;
          told.add(-1);
        }
        if (node.change(word, next(word, -1))) {
          return (int) word == 1;
        }
      }
    }
  }

  /** Whether a request would be taken, as far as the total tells. */
  static boolean hasRoom(Node node, Share share) {
    return (int) node.word() < cap(share, share.bound.total());
  }

  private static Share share(Node node) {
    Share share = node.share;
    if (share == null) {
      throw new IllegalStateException(
          "boundsLoad: false (expected: true, of a strategy that bounds the load of its nodes)");
    }
    return share;
  }

  /** Whether the word is one of this share, and the share still the node's. */
  private static boolean isCurrent(Node node, Share share, long word) {
    return node.share == share && (int) (word >>> EPOCH_SHIFT) == share.epoch;
  }

  /** Makes a word of another epoch one of this share, unless the word or the share has changed. */
  private static void moveOn(Node node, Share share, long word) {
    if (node.share == share
        && node.change(word, (next(word, 0) & (1L << EPOCH_SHIFT) - 1) | epochBits(share.epoch))) {
      share.bound.add((int) word);
    }
  }

  private static boolean isFull(@Nullable Share next, Node node, long word) {
    return next == null || next.isFull(node, word);
  }

  private static long epochBits(int epoch) {
    return (long) epoch << EPOCH_SHIFT;
  }

  private static long next(long word, int change) {
    return ((word & ~VERSION) + change) | ((word + ONE_VERSION) & VERSION);
  }

  private static long cap(Share share, long total) {
    return (long) Math.ceil(share.perRequest * (Math.max(0, total) + 1));
  }

  private void take(Node node, double perRequest) {
    Share share = new Share(this, perRequest, share(node).epoch + 1 & EPOCH);
    node.share = share;
    long word = node.word();
    while (!isCurrent(node, share, word)) {
      moveOn(node, share, word);
      word = node.word();
    }
  }

  private boolean isOn(Node[] others, double[] shares) {
    return Arrays.equals(nodes, others)
        && Arrays.equals(perRequest, shares)
        && Arrays.stream(others).allMatch(node -> share(node).bound == this);
  }

  private long total() {
    return (long) TOTAL.getVolatile(total, AT);
  }

  private void add(int change) {
    TOTAL.getAndAdd(total, AT, (long) change);
  }

  /**
   * What was in flight on all nodes at an instant at which a node had this word; 0 if there was
   * none that could be seen. Every change moves one version on: if their sum is the same twice, no
   * word has changed in between, and all were there at once.
   */
  private long totalWhile(Node node, long word) {
    for (int i = 0; i < GLANCES && node.word() == word; i++) {
      long counts = 0;
      long changes = 0;
      for (Node each : nodes) {
        long its = each.word();
        counts += (int) its;
        changes -= its & VERSION;
      }
      boolean same = node.word() == word;
      for (Node each : nodes) {
        changes += each.word() & VERSION;
      }
      if (same && (changes & VERSION) == 0) {
        return counts;
      }
    }
    return 0;
  }

  @Override
  public String toString() {
    return "LoadBound[nodes=" + nodes.length + ", in flight=" + total() + "]";
  }
}
