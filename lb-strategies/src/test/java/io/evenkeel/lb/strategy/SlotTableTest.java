package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SlotTableTest {
  private static final Node[] NODES = nodes();

  private static Node[] nodes() {
    try (Balancer balancer =
        Choices.balancer(RandomChoice.of(), new SplittableRandom(1), Choices.equal(50))) {
      return balancer.nodes().toArray(new Node[0]);
    }
  }

  @Test
  void everySlotHasTheOwnerOfItsInterval() {
    SplittableRandom random = new SplittableRandom(5);
    for (int trial = 0; trial < 200; trial++) {
      int[] lengths = new int[1 + random.nextInt(50)];
      for (int i = 0; i < lengths.length; i++) {
        lengths[i] = random.nextInt(4) == 0 ? 1 + random.nextInt(5_000) : 1 + random.nextInt(3);
      }
      SlotTable table = new SlotTable(NODES, lengths);
      int slot = 0;
      for (int owner = 0; owner < lengths.length; owner++) {
        for (int i = 0; i < lengths[owner]; i++) {
          assertThat(table.interval(slot)).isEqualTo(owner);
          assertThat(table.owner(slot++)).isSameAs(NODES[owner]);
        }
      }
      assertThat(table.size()).isEqualTo(slot);
    }
  }

  @Test
  void theLargestSumHasAnOwnerForItsLastSlot() {
    SlotTable table = new SlotTable(NODES, new int[] {1 << 30, (1 << 30) - 1});
    assertThat(table.owner(0)).isSameAs(NODES[0]);
    assertThat(table.owner((1 << 30) - 1)).isSameAs(NODES[0]);
    assertThat(table.owner(1 << 30)).isSameAs(NODES[1]);
    assertThat(table.owner(Integer.MAX_VALUE - 1)).isSameAs(NODES[1]);
  }
}
