package io.evenkeel.lb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Notes of which nodes have become idle, so that a selector finds one without looking at all. A
 * note is a hint: the node may have been given a request since. All nodes begin with one.
 *
 * <p>Memory: a bit for each node. Nobody takes a note away because a request begins, and a node
 * that becomes idle makes one only if there is none; so where most nodes are idle nothing is
 * written, and where most are busy it is two writes for each time that a node is idle.
 *
 * <p>Thread-safe.
 */
public final class IdleNodes {
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

  /** How many words a search looks at: 1024 nodes. */
  private static final int REACH = 16;

  private final long[] words;
  private final int size;

  IdleNodes(List<Node> nodes) {
    size = nodes.size();
    words = new long[(size + 63) >>> 6];
    for (int i = 0; i < size; i++) {
      words[i >>> 6] |= 1L << i;
      nodes.get(i).place = new Place(this, i, nodes.get(i).place);
    }
  }

  /**
   * The first noted node from an index on, and round to it again; -1 if there is none within reach.
   *
   * @param from from 0 to the number of nodes - 1
   */
  public int next(int from) {
    int at = from >>> 6;
    long word = (long) WORDS.getOpaque(words, at) & (-1L << from);
    for (int i = Math.min(words.length, REACH); word == 0; i--) {
      if (i == 0) {
        return -1;
      }
      at = at + 1 < words.length ? at + 1 : 0;
      word = (long) WORDS.getOpaque(words, at);
    }
    return (at << 6) + Long.numberOfTrailingZeros(word);
  }

  /** Takes the note of a node away, because it was found busy. */
  public void clear(int index) {
    WORDS.getAndBitwiseAnd(words, index >>> 6, ~(1L << index));
  }

  private void note(int index) {
    long bit = 1L << index;
    if (((long) WORDS.getOpaque(words, index >>> 6) & bit) == 0) {
      WORDS.getAndBitwiseOr(words, index >>> 6, bit);
    }
  }

  @Override
  public String toString() {
    int noted = 0;
    for (int i = 0; i < words.length; i++) {
      noted += Long.bitCount((long) WORDS.getOpaque(words, i));
    }
    return "IdleNodes[" + noted + " of " + size + "]";
  }

  /** Where a node makes its notes. */
  record Place(IdleNodes nodes, int index, @Nullable Place other) {
    void note() {
      for (Place place = this; place != null; place = place.other) {
        place.nodes.note(place.index);
      }
    }
  }
}
