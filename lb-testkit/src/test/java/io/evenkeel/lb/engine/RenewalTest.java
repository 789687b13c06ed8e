package io.evenkeel.lb.engine;

import static io.evenkeel.lb.engine.Fixture.endpoint;
import static io.evenkeel.lb.engine.Fixture.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RenewalTest {
  private final Fixture fixture = new Fixture();
  private final Renewing strategy = new Renewing();

  private Balancer balancer() {
    Balancer balancer = fixture.builder.strategy(strategy).build();
    fixture.source.publish(endpoint(1), weighted(2, 3));
    return balancer;
  }

  @Test
  void aStrategyIsCalledAgainWhenItAskedAndNotBefore() {
    Balancer balancer = balancer();
    strategy.delay = Duration.ofSeconds(1);
    fixture.source.publish(endpoint(1), weighted(2, 3), endpoint(3));
    assertThat(strategy.offered).hasSize(2);
    fixture.scheduler.advance(Duration.ofMillis(999));
    assertThat(strategy.offered).hasSize(2);
    fixture.scheduler.advance(Duration.ofMillis(1));
    assertThat(strategy.offered).hasSize(3);
    assertThat(strategy.offered.get(2).nowNanos() - strategy.offered.get(1).nowNanos())
        .isEqualTo(Duration.ofSeconds(1).toNanos());
    assertThat(balancer.select(RequestContext.none()).endpoint().port()).isEqualTo(1);
  }

  @Test
  void theStrategyGoesOnFromWhatItMadeBefore() {
    strategy.delay = Duration.ofSeconds(1);
    balancer();
    fixture.scheduler.advance(Duration.ofSeconds(1));
    assertThat(strategy.previous).hasSize(2);
    assertThat(strategy.previous.get(0)).isNull();
    assertThat(strategy.previous.get(1)).isSameAs(strategy.made.get(0));
  }

  @Test
  void aChangeMeanwhileTakesTheWishesPlace() {
    strategy.delay = Duration.ofSeconds(1);
    balancer();
    fixture.scheduler.advance(Duration.ofMillis(900));
    fixture.source.publish(endpoint(1));
    fixture.scheduler.advance(Duration.ofMillis(900));
    assertThat(strategy.offered).hasSize(2);
    fixture.scheduler.advance(Duration.ofMillis(100));
    assertThat(strategy.offered).hasSize(3);
  }

  @Test
  void nothingIsLeftToDoAfterClose() {
    strategy.delay = Duration.ofSeconds(1);
    Balancer balancer = balancer();
    balancer.close();
    assertThat(fixture.scheduler.pending()).isZero();
  }

  @Test
  void weightsAreThoseOfTheNodesUntilAStrategyChangesThem() {
    balancer();
    NodeSet set = strategy.offered.get(0);
    assertThat(set.weight(0)).isEqualTo(1);
    assertThat(set.weight(1)).isEqualTo(3);
    NodeSet other = set.reweighted(new double[] {0, 0.5});
    assertThat(other.usable()).containsExactly(set.usable().get(1));
    assertThat(other.weight(0)).isEqualTo(0.5);
    assertThat(other.all()).isEqualTo(set.all());
  }

  @Test
  void weightsThatAreNoneAreRefused() {
    balancer();
    NodeSet set = strategy.offered.get(0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set.reweighted(new double[] {1}))
        .withMessage("weights: 1 (expected: 2)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set.reweighted(new double[] {0, 0}))
        .withMessage("weights: all 0 (expected: one above 0)");
    for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> set.reweighted(new double[] {1, bad}))
          .withMessageContaining("10.0.0.1:2")
          .withMessageEndingWith(": " + bad + " (expected: >= 0, finite)");
    }
  }

  private static final class Renewing implements Strategy {
    final List<NodeSet> offered = new ArrayList<>();
    final List<@Nullable Selector> previous = new ArrayList<>();
    final List<Selector> made = new ArrayList<>();
    @Nullable Duration delay;

    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector before) {
      offered.add(nodes);
      previous.add(before);
      if (delay != null) {
        // A wish through a set that was made from the one offered counts as well.
        nodes.reweighted(ones(nodes)).renewAfter(delay);
        nodes.renewAfter(delay.multipliedBy(2));
      }
      Selector selector = context -> nodes.usable().get(0);
      made.add(selector);
      return selector;
    }

    private static double[] ones(NodeSet nodes) {
      double[] ones = new double[nodes.usable().size()];
      Arrays.fill(ones, 1);
      return ones;
    }
  }
}
