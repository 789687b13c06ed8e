package io.evenkeel.lb.engine;

import static io.evenkeel.lb.engine.Fixture.endpoint;
import static io.evenkeel.lb.engine.Fixture.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerEvent.EndpointsChanged;
import io.evenkeel.lb.BalancerEvent.PanicChanged;
import io.evenkeel.lb.BalancerEvent.SourceFailed;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.source.PollingSource;
import java.time.Duration;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An error of the JVM is thrown on, and what it cut short is done when the trouble is over. */
class JvmInTroubleTest {
  private final OutOfMemoryError trouble = new OutOfMemoryError("simulated");
  private final Fixture fixture = new Fixture();

  private void assertThrown(ThrowingCallable call) {
    assertThatThrownBy(call).isSameAs(trouble);
  }

  @Test
  void aPolledSetIsTakenThoughTheSourceNeverHasAnother() {
    Breaking strategy = new Breaking();
    Balancer balancer =
        fixture
            .builder
            .source(
                PollingSource.builder(() -> EndpointSet.of(endpoint(1)))
                    .scheduler(fixture.scheduler)
                    .random(new SplittableRandom(1))
                    .build())
            .strategy(strategy)
            .build();
    strategy.meanwhile = () -> {};
    assertThrown(fixture.scheduler::run);
    assertThat(fixture.events(SourceFailed.class))
        .extracting(SourceFailed::cause)
        .containsExactly(trouble);

    fixture.scheduler.advance(Duration.ofSeconds(1));
    assertThat(balancer.endpoints()).isEqualTo(EndpointSet.of(endpoint(1)));
    assertThat(balancer.ready(Duration.ofSeconds(1)).toCompletableFuture()).isCompleted();
  }

  @Test
  void theSourceIsAskedAgainAfterPausesThatGrow() {
    fixture.builder.strategy(new Breaking(Integer.MAX_VALUE)).build();
    assertThrown(() -> fixture.source.publish(endpoint(1)));
    for (int second = 0; second < 120; second++) {
      try {
        fixture.scheduler.advance(Duration.ofSeconds(1));
      } catch (OutOfMemoryError e) {
        assertThat(e).isSameAs(trouble);
      }
    }
    assertThat(fixture.events(SourceFailed.class)).hasSizeBetween(6, 12);
  }

  @Test
  void aSetThatArrivesWhileAnotherIsLookedAtIsTakenThoughNobodyCallsAgain() {
    Breaking strategy = new Breaking();
    Balancer balancer = fixture.builder.strategy(strategy).health(fixture).build();
    fixture.source.publish(endpoint(1), endpoint(2));
    strategy.meanwhile = () -> fixture.source.publish(endpoint(3));
    fixture.judges.get("10.0.0.1:1").judge(0.7);
    assertThrown(fixture.scheduler::run);

    fixture.scheduler.advance(Duration.ofSeconds(1));
    assertThat(balancer.endpoints()).isEqualTo(EndpointSet.of(endpoint(3)));
    assertThat(node(balancer, 3).begin()).isNotEqualTo(Node.REFUSED);
  }

  @Test
  void aSetThatWasHalfTakenIsTakenToTheEnd() {
    boolean[] broken = {false};
    fixture.builder.listener(
        new BalancerListener() {
          @Override
          public void onEvent(BalancerEvent event) {
            if (event instanceof PanicChanged && broken[0]) {
              throw trouble;
            }
          }
        });
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1));
    Node left = node(balancer, 1);
    fixture.judges.get("10.0.0.1:1").judge(0);
    fixture.scheduler.run();
    broken[0] = true;
    assertThrown(() -> fixture.source.publish(endpoint(2)));
    broken[0] = false;

    fixture.scheduler.advance(Duration.ofSeconds(1));
    assertThat(left.begin()).isEqualTo(Node.REFUSED);
    assertThat(fixture.judges.get("10.0.0.1:1").closed).isTrue();
    assertThat(fixture.events(EndpointsChanged.class))
        .extracting(EndpointsChanged::after)
        .containsExactly(EndpointSet.of(endpoint(1)), EndpointSet.of(endpoint(2)));
  }

  @Test
  void aChangeOfHealthInTheMiddleIsJudgedByTheDrainThatItScheduled() {
    Breaking strategy = new Breaking();
    Balancer balancer = fixture.builder.strategy(strategy).health(fixture).build();
    fixture.source.publish(endpoint(1), endpoint(2));
    strategy.meanwhile = () -> fixture.judges.get("10.0.0.1:1").judge(0.5);
    assertThrown(() -> fixture.source.publish(endpoint(1), endpoint(2), endpoint(3)));

    fixture.scheduler.run();
    assertThat(node(balancer, 1).weight()).isEqualTo(0.5);
    fixture.judges.get("10.0.0.1:2").judge(0.7);
    fixture.scheduler.run();
    assertThat(node(balancer, 2).weight()).isEqualTo(0.7);
  }

  @Test
  void aBalancerThatIsClosedInTheMiddleIsClosedAndLeavesNoTask() {
    Breaking strategy = new Breaking();
    Balancer balancer = fixture.builder.strategy(strategy).build();
    strategy.meanwhile = balancer::close;
    assertThrown(() -> fixture.source.publish(endpoint(1)));

    fixture.scheduler.advance(Duration.ofSeconds(1));
    assertThat(fixture.events(BalancerEvent.Closed.class)).hasSize(1);
    assertThat(fixture.scheduler.pending()).isZero();
    assertThat(fixture.source.subscribers()).isZero();
  }

  /** Throws once, or so often, after something else has happened. */
  private final class Breaking implements Strategy {
    private int times;
    @Nullable Runnable meanwhile;

    Breaking() {}

    Breaking(int times) {
      this.times = times;
    }

    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      Runnable first = meanwhile;
      meanwhile = null;
      if (first != null) {
        first.run();
        throw trouble;
      }
      if (times-- > 0) {
        throw trouble;
      }
      return context -> nodes.usable().get(0);
    }
  }
}
