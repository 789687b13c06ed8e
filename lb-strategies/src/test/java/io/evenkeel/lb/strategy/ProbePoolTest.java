package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.RequestContext;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The rule, on fixed pools. */
class ProbePoolTest {
  private static final int N = 20;
  private static final long MILLI = 1_000_000;
  private static final Node[] NODES = nodes();

  private final ProbePool pool = pool(ones());

  private static Node[] nodes() {
    try (Balancer balancer =
        Choices.balancer(RandomChoice.of(), new SplittableRandom(1), Choices.equal(N))) {
      return balancer.nodes().toArray(new Node[0]);
    }
  }

  private static double[] ones() {
    return Choices.equal(N);
  }

  private static ProbePool pool(double[] scales) {
    return new ProbePool(16, 0.84, scales, 0);
  }

  private void add(int node, int inFlight, long millis) {
    pool.add(node, inFlight, millis * MILLI, ProbePool.UNLIMITED);
  }

  private int take() {
    return pool.take(NODES, RequestContext.none());
  }

  @Test
  void ofColdNodesTheFastestIsChosen() {
    // The 0.84 quantile of four is the largest, of seven it is the sixth.
    add(0, 1, 50);
    add(1, 2, 20);
    add(2, 3, 30);
    add(3, 9, 10);
    assertThat(take()).isEqualTo(3);
    add(4, 1, 60);
    add(5, 1, 60);
    add(6, 1, 60);
    // Now the quantile is 3, and the fastest has 10.
    assertThat(take()).isEqualTo(1);
  }

  @Test
  void ofHotNodesTheOneWithFewestInFlightIsChosen() {
    for (int node = 0; node < 14; node++) {
      pool.add(node, 2, (node + 10) * MILLI, 1);
    }
    add(14, 8, 1);
    add(15, 7, 2);
    for (int node = 0; node < 14; node++) {
      assertThat(take()).isEqualTo(node);
    }
    // The quantile is still 2: the cold ones are used up.
    assertThat(take()).isEqualTo(15);
    assertThat(take()).isIn(14, 15);
    assertThat(take()).isIn(14, 15);
  }

  @Test
  void eachUseCountsAsARequestInFlight() {
    for (int node = 0; node < 8; node++) {
      add(node, node == 0 ? 0 : 3, node == 0 ? 1 : 10 + node);
    }
    for (int i = 0; i < 4; i++) {
      assertThat(take()).as("use %d", i).isZero();
    }
    // With 4 of its own the first is hot.
    assertThat(take()).isEqualTo(1);
  }

  @Test
  void anAnswerIsGoodForSoManyUses() {
    pool.add(0, 1, MILLI, 2);
    pool.add(1, 1, 2 * MILLI, ProbePool.UNLIMITED);
    pool.add(2, 1, 3 * MILLI, ProbePool.UNLIMITED);
    assertThat(take()).isZero();
    assertThat(pool.size()).isEqualTo(3);
    pool.add(3, 9, 90 * MILLI, 1);
    assertThat(take()).isZero();
    assertThat(pool.size()).isEqualTo(3);
    assertThat(take()).isEqualTo(1);
  }

  @Test
  void fewerThanTwoAnswersAreNoReasonToChoose() {
    assertThat(take()).isEqualTo(ProbePool.NONE);
    add(3, 1, 1);
    assertThat(take()).isEqualTo(ProbePool.NONE);
    add(4, 1, 2);
    assertThat(take()).isEqualTo(3);
  }

  @Test
  void aNewerAnswerOfTheSameNodeTakesThePlaceOfTheOlder() {
    add(0, 1, 1);
    add(1, 1, 5);
    add(0, 1, 9);
    assertThat(pool.size()).isEqualTo(2);
    assertThat(take()).isEqualTo(1);
  }

  @Test
  void aFullPoolGivesUpItsOldest() {
    for (int node = 0; node < 17; node++) {
      add(node, 1, node + 1);
    }
    assertThat(pool.size()).isEqualTo(16);
    assertThat(take()).isEqualTo(1);
  }

  @Test
  void theOldestIsRemoved() {
    add(5, 1, 1);
    add(6, 1, 2);
    add(7, 1, 3);
    add(5, 1, 1);
    pool.removeOldest();
    assertThat(take()).isEqualTo(5);
    pool.removeOldest();
    assertThat(pool.size()).isEqualTo(1);
    pool.removeOldest();
    pool.removeOldest();
    assertThat(pool.size()).isZero();
  }

  @Test
  void theWorstIsTheHotOneWithMostInFlightOrElseTheSlowestColdOne() {
    int[] inFlight = {1, 1, 1, 1, 1, 1, 1, 9, 8, 1, 1, 1, 1};
    for (int node = 0; node < inFlight.length; node++) {
      add(node, inFlight[node], node == 3 ? 99 : node + 1);
    }
    assertThat(pool.size()).isEqualTo(13);
    // The quantile is the 11th of 13, which is 1.
    assertWorst(7);
    assertWorst(8);
    assertWorst(3);
    assertWorst(12);
  }

  private void assertWorst(int node) {
    int before = pool.size();
    pool.removeWorst();
    assertThat(pool.size()).isEqualTo(before - 1);
    // It is gone: an answer that is the fastest by far comes in as a new one.
    pool.add(node, 0, 1, 1);
    assertThat(pool.size()).isEqualTo(before);
    assertThat(take()).isEqualTo(node);
    assertThat(pool.size()).isEqualTo(before - 1);
  }

  @Test
  void answersThatAreTooOldAreDropped() {
    add(0, 1, 1);
    pool.renew(ones(), 500 * MILLI, 900 * MILLI);
    add(1, 1, 2);
    pool.renew(ones(), 900 * MILLI, 900 * MILLI);
    assertThat(pool.size()).isEqualTo(2);
    pool.renew(ones(), 1_000 * MILLI, 900 * MILLI);
    assertThat(pool.size()).isEqualTo(1);
    pool.renew(ones(), 1_401 * MILLI, 900 * MILLI);
    assertThat(pool.size()).isZero();
  }

  @Test
  void weightsDivideLoads() {
    double[] scales = ones();
    scales[0] = 4;
    ProbePool weighted = pool(scales);
    weighted.add(0, 1, 10 * MILLI, ProbePool.UNLIMITED);
    weighted.add(1, 1, 39 * MILLI, ProbePool.UNLIMITED);
    assertThat(weighted.take(NODES, RequestContext.none())).isEqualTo(1);
    weighted.add(1, 1, 41 * MILLI, ProbePool.UNLIMITED);
    assertThat(weighted.take(NODES, RequestContext.none())).isEqualTo(0);
  }

  @Test
  void aTriedNodeIsPassedOver() {
    add(0, 1, 1);
    add(1, 1, 2);
    add(2, 1, 3);
    Request context = Request.retry(NODES[0].endpoint(), NODES[1].endpoint());
    assertThat(pool.take(NODES, context)).isEqualTo(2);
  }

  @Test
  void whatANodeAnsweredCanBeRemoved() {
    add(1, 1, 10);
    add(2, 1, 20);
    add(3, 1, 30);
    pool.remove(1);
    pool.remove(7);
    assertThat(pool.size()).isEqualTo(2);
    assertThat(take()).isEqualTo(2);
  }

  @Test
  void answersMoveToAPoolWhereNodesHaveOtherNumbers() {
    add(3, 1, 5);
    add(4, 1, 1);
    add(5, 1, 7);
    int[] numbers = new int[N];
    Arrays.setAll(numbers, node -> node == 4 ? ProbePool.NONE : node - 1);
    ProbePool moved = pool(ones());
    pool.moveTo(moved, numbers);
    assertThat(moved.size()).isEqualTo(2);
    assertThat(moved.take(NODES, RequestContext.none())).isEqualTo(2);
    moved.removeOldest();
    moved.add(9, 1, 100 * MILLI, ProbePool.UNLIMITED);
    assertThat(moved.take(NODES, RequestContext.none())).isEqualTo(4);
  }
}
