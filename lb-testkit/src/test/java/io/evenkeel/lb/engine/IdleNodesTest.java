package io.evenkeel.lb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.IdleNodes;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class IdleNodesTest {
  private final Fixture fixture = new Fixture();
  private final List<IdleNodes> notes = new ArrayList<>();

  /** Each strategy that asks gets notes of its own. */
  private Balancer balancer(int nodes, int askers) {
    Balancer balancer =
        fixture
            .builder
            .strategy(
                (set, previous) -> {
                  notes.clear();
                  for (int i = 0; i < askers; i++) {
                    notes.add(set.idle());
                  }
                  return context -> null;
                })
            .build();
    publish(nodes);
    return balancer;
  }

  private void publish(int nodes) {
    // Names of one length, so that their order is that of their numbers.
    fixture.source.publish(
        IntStream.range(0, nodes)
            .mapToObj(i -> Endpoint.of(String.format("node%05d", i), 80))
            .toArray(Endpoint[]::new));
  }

  private static void use(Node node) {
    node.end(node.begin(), Outcome.SUCCESS);
  }

  private void clearAll(int nodes) {
    for (IdleNodes each : notes) {
      IntStream.range(0, nodes).forEach(each::clear);
    }
  }

  @Test
  void allNodesBeginWithANote() {
    balancer(130, 1);
    for (int i = 0; i < 130; i++) {
      assertThat(notes.get(0).next(i)).isEqualTo(i);
    }
    assertThat(notes.get(0)).hasToString("IdleNodes[130 of 130]");
  }

  @Test
  void aNodeIsNotedWhenItsLastRequestEnds() {
    Balancer balancer = balancer(130, 1);
    clearAll(130);
    Node node = balancer.nodes().get(77);
    long first = node.begin();
    long second = node.begin();
    node.end(first, Outcome.SUCCESS);
    assertThat(notes.get(0).next(0)).isEqualTo(-1);
    node.end(second, Outcome.FAILURE);
    assertThat(notes.get(0).next(0)).isEqualTo(77);
    node.begin();
    assertThat(notes.get(0).next(0)).as("a note is a hint").isEqualTo(77);
  }

  @Test
  void theSearchGoesRound() {
    Balancer balancer = balancer(200, 1);
    clearAll(200);
    use(balancer.nodes().get(3));
    use(balancer.nodes().get(150));
    assertThat(notes.get(0).next(0)).isEqualTo(3);
    assertThat(notes.get(0).next(4)).isEqualTo(150);
    assertThat(notes.get(0).next(151)).isEqualTo(3);
    notes.get(0).clear(150);
    assertThat(notes.get(0).next(4)).as("all the way round, into its own word").isEqualTo(3);
  }

  @Test
  void theSearchHasAnEndInLargeSets() {
    Balancer balancer = balancer(5_000, 1);
    clearAll(5_000);
    use(balancer.nodes().get(4_000));
    assertThat(notes.get(0).next(0)).isEqualTo(-1);
    assertThat(notes.get(0).next(3_500)).isEqualTo(4_000);
  }

  @Test
  void everyoneWhoAskedIsTold() {
    Balancer balancer = balancer(10, 2);
    clearAll(10);
    use(balancer.nodes().get(4));
    assertThat(notes).allSatisfy(each -> assertThat(each.next(0)).isEqualTo(4));
  }

  @Test
  void anOldSetIsNotToldAnyMore() {
    Balancer balancer = balancer(10, 1);
    clearAll(10);
    IdleNodes old = notes.get(0);
    publish(11);
    clearAll(11);
    use(balancer.nodes().get(4));
    assertThat(old.next(0)).isEqualTo(-1);
    assertThat(notes.get(0).next(0)).isEqualTo(4);
  }
}
