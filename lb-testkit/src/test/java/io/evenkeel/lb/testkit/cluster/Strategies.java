package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The least that the tests of the simulator need to choose by. */
enum Strategies implements Strategy {
  /** Each in turn. */
  IN_TURN {
    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      List<Node> usable = nodes.usable();
      AtomicLong cursor = new AtomicLong();
      return context -> usable.get((int) (cursor.getAndIncrement() % usable.size()));
    }
  },

  /** Any, with chances in proportion to the weights: the engine's own choice. */
  BY_WEIGHT {
    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      return context -> null;
    }
  },

  /** The first by id. */
  FIRST {
    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      return context -> nodes.usable().get(0);
    }
  }
}
