package io.evenkeel.lb;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * The bound is strict: whatever threads do at once, there is an order of their begins and ends in
 * which each begin was within the cap, and each refusal was not.
 */
@Param(name = "node", gen = IntGen.class, conf = "0:1")
public class LoadBoundLinearTest {
  private final Node[] nodes = Stressed.bounded(2, 1);

  /** Begins a request, if the node has room. */
  @Operation
  public boolean begin(@Param(name = "node") int node) {
    return LoadBound.begin(nodes[node]);
  }

  /** Ends one, if there is one. */
  @Operation
  public boolean end(@Param(name = "node") int node) {
    return LoadBound.end(nodes[node]);
  }

  @Test
  void everyInterleavingIsLinear() {
    new ModelCheckingOptions()
        .sequentialSpecification(OneAtATime.class)
        .iterations(25)
        .invocationsPerIteration(400)
        .threads(3)
        .actorsBefore(4)
        .actorsPerThread(3)
        .actorsAfter(0)
        .check(getClass());
  }

  @Test
  void realThreadsAreLinear() {
    new StressOptions()
        .sequentialSpecification(OneAtATime.class)
        .iterations(10)
        .invocationsPerIteration(1000)
        .threads(2)
        .actorsBefore(4)
        .actorsPerThread(4)
        .actorsAfter(0)
        .check(getClass());
  }

  /** The law, for one thread: two nodes of equal weight and a factor of 1. */
  public static class OneAtATime {
    private final int[] counts = new int[2];

    /** Begins a request, if the node has fewer than its share of all, this one included. */
    public boolean begin(int node) {
      int share = (counts[0] + counts[1] + 2) / 2;
      boolean room = counts[node] < share;
      counts[node] += room ? 1 : 0;
      return room;
    }

    /** Ends one; says whether it was the last. */
    public boolean end(int node) {
      boolean last = counts[node] == 1;
      counts[node] = Math.max(0, counts[node] - 1);
      return last;
    }
  }
}
