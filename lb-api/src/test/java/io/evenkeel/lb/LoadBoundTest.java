package io.evenkeel.lb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LoadBoundTest {
  private static final Ticker STILL = () -> 0;

  private static Node[] nodes(int count) {
    Faults faults = new Faults("bounded", STILL, List.of());
    RecentTicker ticker = new RecentTicker(STILL);
    Node[] nodes = new Node[count];
    for (int i = 0; i < count; i++) {
      nodes[i] =
          new Node(
              Endpoint.of("10.0.0.1", 1 + i),
              InFlight.METRIC,
              ticker,
              faults,
              endpoint -> AddressPolicy.ANY);
      nodes[i].share = LoadBound.Share.free();
    }
    return nodes;
  }

  private static LoadBound bound(Node[] nodes, double factor, double... weights) {
    LoadBound bound = LoadBound.of(nodes, weights, factor);
    bound.takeAll();
    return bound;
  }

  private static double[] ones(int count) {
    double[] ones = new double[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Test
  void capsFollowTheFactorAndTheWeights() {
    Node[] nodes = nodes(3);
    bound(nodes, 1, 1, 1, 2);
    // With none in flight each may have ceil(1 * 1 * share) = 1.
    assertThat(LoadBound.begin(nodes[2])).isTrue();
    assertThat(LoadBound.begin(nodes[2])).isFalse();
    assertThat(LoadBound.begin(nodes[0])).isTrue();
    assertThat(LoadBound.begin(nodes[0])).isFalse();
    // ceil(3 * 0.5) = 2.
    assertThat(LoadBound.begin(nodes[2])).isTrue();
    assertThat(LoadBound.begin(nodes[1])).isTrue();
    // ceil(5 * 0.25) = 2 and ceil(5 * 0.5) = 3: what is whole is not rounded up further.
    assertThat(LoadBound.begin(nodes[0])).isTrue();
    assertThat(LoadBound.begin(nodes[0])).isFalse();
    assertThat(LoadBound.begin(nodes[2])).isTrue();
    assertThat(LoadBound.begin(nodes[2])).isTrue();
    assertThat(LoadBound.begin(nodes[2])).isFalse();
  }

  @Test
  void whatIsInFlightMovesToTheNextBound() {
    Node[] nodes = nodes(4);
    Node[] two = {nodes[0], nodes[1]};
    bound(two, 1.25, ones(2));
    for (int i = 0; i < 10; i++) {
      assertThat(LoadBound.begin(nodes[i % 2])).isTrue();
    }
    LoadBound four = bound(nodes, 1.25, ones(4));
    assertThat(four).hasToString("LoadBound[nodes=4, in flight=10]");
    // ceil(1.25 * 11 / 4) = 4: the two have more, and must wait until they have less.
    assertThat(LoadBound.begin(nodes[0])).isFalse();
    LoadBound.end(nodes[0]);
    assertThat(LoadBound.begin(nodes[0])).isFalse();
    for (int i = 0; i < 4; i++) {
      assertThat(LoadBound.begin(nodes[2])).isTrue();
    }
    assertThat(four).hasToString("LoadBound[nodes=4, in flight=13]");
    LoadBound.release(nodes[2]);
    for (int i = 0; i < 100; i++) {
      assertThat(LoadBound.begin(nodes[2])).isTrue();
    }
  }

  @Test
  void aBoundThatIsTheSameStays() {
    Node[] nodes = nodes(3);
    LoadBound first = bound(nodes, 1.25, 1, 2, 3);
    assertThat(LoadBound.of(nodes.clone(), new double[] {1, 2, 3}, 1.25)).isSameAs(first);
    assertThat(LoadBound.of(nodes, new double[] {1, 2, 4}, 1.25)).isNotSameAs(first);
    assertThat(LoadBound.of(nodes, new double[] {1, 2, 3}, 1.5)).isNotSameAs(first);
  }

  @Test
  void endsWithoutABeginCountForNothing() {
    Node[] nodes = nodes(2);
    LoadBound bound = bound(nodes, 1, ones(2));
    assertThat(LoadBound.end(nodes[0])).isFalse();
    assertThat(nodes[0].inFlight()).isZero();
    assertThat(LoadBound.begin(nodes[0])).isTrue();
    assertThat(LoadBound.end(nodes[0])).isTrue();
    assertThat(bound).hasToString("LoadBound[nodes=2, in flight=0]");
  }

  /** The total may lag behind, but in the end it is what is in flight: else caps would drift. */
  @Test
  void theTotalIsExactWhenAllIsQuiet() throws Exception {
    Node[] nodes = nodes(6);
    bound(nodes, 1.25, ones(6));
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(4);
    List<Future<?>> users = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      int seed = thread;
      users.add(
          pool.submit(
              () -> {
                SplittableRandom random = new SplittableRandom(seed);
                while (!stop.get()) {
                  Node node = nodes[random.nextInt(6)];
                  if (LoadBound.begin(node)) {
                    LoadBound.end(node);
                  }
                }
              }));
    }
    SplittableRandom random = new SplittableRandom(9);
    for (int i = 0; i < 200_000; i++) {
      Node[] some = Arrays.copyOfRange(nodes, random.nextInt(3), 4 + random.nextInt(3));
      bound(some, 1.25, ones(some.length));
      if (random.nextInt(4) == 0) {
        LoadBound.release(nodes[random.nextInt(6)]);
      }
    }
    LoadBound last = bound(nodes, 2, ones(6));
    stop.set(true);
    for (Future<?> user : users) {
      user.get();
    }
    pool.shutdown();
    assertThat(last).hasToString("LoadBound[nodes=6, in flight=0]");
    assertThat(Arrays.stream(nodes).mapToInt(Node::inFlight)).containsOnly(0);
  }
}
