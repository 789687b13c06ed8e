package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ProbePoolsTest {
  private static final int N = 20;
  private static final long START = Long.MAX_VALUE - 2_000;
  private static final long PERIOD = 100_000_000;

  private final ProbePools one = ProbePools.of(empty(), START);

  private static ProbePool empty() {
    return new ProbePool(16, 0.84, Choices.equal(N), START);
  }

  private static ProbePools after(ProbePools pools, int most, long choices, long nanos) {
    return pools.fitting(most, choices, START + nanos, ProbePoolsTest::empty);
  }

  private static void add(ProbePool pool, int... nodes) {
    for (int node : nodes) {
      pool.add(node, 1, 1_000_000, ProbePool.UNLIMITED);
    }
  }

  /** Of all lanes. */
  private static Set<ProbePool> all(ProbePools pools) throws Exception {
    Set<ProbePool> all = new LinkedHashSet<>();
    for (int threads = 0; threads < 1_000 && all.size() < pools.number(); threads++) {
      all.add(Choices.onNewThread(pools::ofThread));
    }
    return all;
  }

  @Test
  void thereIsAPoolForEachMillionChoicesASecond() {
    int[] tenThousands = {0, 9, 10, 29, 30, 69, 70, 1_000};
    int[] of8 = {1, 1, 2, 2, 4, 4, 8, 8};
    for (int i = 0; i < of8.length; i++) {
      for (int most = 1; most <= 8; most *= 2) {
        ProbePools pools = after(one, most, tenThousands[i] * 10_000L, PERIOD);
        assertThat(pools.number())
            .as("%d0,000 choices, at most %d pools", tenThousands[i], most)
            .isEqualTo(Math.min(most, of8[i]));
      }
    }
  }

  @Test
  void choicesAreCountedFromOnePeriodToTheNext() {
    assertThat(after(one, 8, 1_000_000_000, PERIOD - 1)).isSameAs(one);
    ProbePools many = after(one, 8, 700_000, PERIOD);
    assertThat(after(many, 8, 1_400_000, 2 * PERIOD).number()).isEqualTo(8);
    assertThat(after(many, 8, 700_010, 2 * PERIOD).number()).isEqualTo(1);
    assertThat(after(many, 8, 1_400_000, 8 * PERIOD).number()).isEqualTo(2);
  }

  @Test
  void threadsOfEachLaneHaveAPoolAndAnswersGoToAll() throws Exception {
    ProbePools four = after(one, 4, 10_000_000, PERIOD);
    Set<ProbePool> pools = all(four);
    assertThat(pools).hasSize(4);
    SplittableRandom random = new SplittableRandom(5);
    Set<ProbePool> drawn = new LinkedHashSet<>();
    for (int answer = 0; answer < 100; answer++) {
      drawn.add(four.drawn(random));
    }
    assertThat(drawn).isEqualTo(pools);
    ProbePool own = four.ofThread();
    assertThat(four.ofThread()).isSameAs(own);
  }

  @Test
  void answersStayInThePoolsThatStay() throws Exception {
    ProbePool first = one.ofThread();
    add(first, 1, 2, 3);
    ProbePools two = after(one, 2, 200_000, PERIOD);
    assertThat(all(two)).hasSize(2).contains(first);
    assertThat(all(two)).extracting(ProbePool::size).containsExactlyInAnyOrder(3, 0);
    ProbePools less = after(two, 2, 200_001, 2 * PERIOD);
    assertThat(less.number()).isEqualTo(1);
    assertThat(less.ofThread()).isSameAs(first);
  }

  @Test
  void answersOfAllPoolsMoveToOtherNumbers() throws Exception {
    ProbePools two = after(one, 2, 200_000, PERIOD);
    int size = 2;
    for (ProbePool pool : all(two)) {
      add(pool, 0, size++, 5, 6);
    }
    int[] numbers = new int[N];
    Arrays.setAll(numbers, node -> node == 0 ? ProbePool.NONE : node - 1);
    ProbePools moved = two.moved(numbers, ProbePoolsTest::empty);
    assertThat(all(moved)).hasSize(2).doesNotContainAnyElementsOf(all(two));
    assertThat(all(moved)).extracting(ProbePool::size).containsExactly(3, 3);
    assertThat(after(moved, 2, 200_001, PERIOD + 1)).isSameAs(moved);
  }

  @Test
  void whatANodeAnsweredIsRemovedFromAllPools() throws Exception {
    ProbePools two = after(one, 2, 200_000, PERIOD);
    for (ProbePool pool : all(two)) {
      add(pool, 1, 2);
    }
    two.remove(2);
    assertThat(all(two)).extracting(ProbePool::size).containsExactly(1, 1);
  }

  @Test
  void oldAnswersLeaveAllPools() throws Exception {
    ProbePools two = after(one, 2, 200_000, PERIOD);
    for (ProbePool pool : all(two)) {
      add(pool, 1, 2);
    }
    two.renew(Choices.equal(N), START + 1_000, 999);
    assertThat(all(two)).extracting(ProbePool::size).containsExactly(0, 0);
    assertThat(two.nowNanos()).isEqualTo(START + 1_000);
  }
}
