package io.evenkeel.lb.engine;

import static io.evenkeel.lb.engine.Fixture.endpoint;
import static io.evenkeel.lb.engine.Fixture.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Explanation;
import io.evenkeel.lb.Explanation.Candidate;
import io.evenkeel.lb.Explanation.Exclusion;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.NoEndpointException.Reason;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.engine.Fixture.Tried;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExplainTest {
  private final Fixture fixture = new Fixture();

  @Test
  void everyEndpointIsShownWithWhatIsKnownOfIt() {
    Balancer balancer = fixture.builder.health(fixture).panicThreshold(0.1).build();
    fixture.source.publish(
        endpoint(1), weighted(2, 3), endpoint(3), weighted(4, 0), weighted(5, 2), endpoint(6));
    fixture.judges.get("10.0.0.1:2").judge(0.5);
    fixture.judges.get("10.0.0.1:3").judge(0);
    fixture.scheduler.run();
    Fixture.node(balancer, 2).begin();
    Explanation explanation = balancer.explain(new Tried(endpoint(1)));
    assertThat(explanation.candidates())
        .containsExactly(
            new Candidate(endpoint(1), 0, 1, 1, 1, Exclusion.TRIED),
            new Candidate(weighted(2, 3), 1, 2, 1.5, 0.5, null),
            new Candidate(endpoint(3), 0, 1, 0, 0, Exclusion.UNFIT),
            new Candidate(weighted(4, 0), 0, 1, 0, 1, Exclusion.DRAINED),
            new Candidate(weighted(5, 2), 0, 1, 2, 1, null),
            new Candidate(endpoint(6), 0, 1, 1, 1, null));
    assertThat(explanation.balancer()).isEqualTo("orders");
    assertThat(explanation.strategy()).isEqualTo("FirstUsable");
    assertThat(explanation.nowNanos()).isEqualTo(fixture.ticker.read());
    assertThat(explanation.panic()).isFalse();
    assertThat(explanation.why()).containsExactly("10.0.0.1:1 was tried before");
    assertThat(explanation.choice()).isIn(weighted(2, 3), weighted(5, 2), endpoint(6));
    assertThat(explanation.refusal()).isNull();
  }

  @Test
  void panicIsShownAndHealthAsItWasJudgedInIt() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1), endpoint(2), endpoint(3));
    fixture.judges.get("10.0.0.1:1").judge(0);
    fixture.judges.get("10.0.0.1:2").judge(0);
    fixture.scheduler.run();
    Explanation explanation = balancer.explain(RequestContext.none());
    assertThat(explanation.panic()).isTrue();
    assertThat(explanation.candidates())
        .extracting(Candidate::health, Candidate::weight, Candidate::exclusion)
        .startsWith(org.assertj.core.groups.Tuple.tuple(0.0, 1.0, null));
    fixture.judges.get("10.0.0.1:1").judge(0.25);
    fixture.scheduler.run();
    assertThat(balancer.explain(RequestContext.none()).candidates().get(0).health())
        .isEqualTo(0.25);
    fixture.judges.get("10.0.0.1:1").judge(1);
    fixture.judges.get("10.0.0.1:2").judge(1);
    fixture.scheduler.run();
    assertThat(balancer.explain(RequestContext.none()).panic()).isFalse();
  }

  @Test
  void whyThereIsNoEndpointIsExplainedAndNotThrown() {
    Balancer balancer = fixture.builder.build();
    assertRefusal(balancer, Reason.NOT_READY, 0);
    fixture.source.publish(EndpointSet.none());
    assertRefusal(balancer, Reason.EMPTY, 0);
    fixture.source.publish(weighted(1, 0), weighted(2, 0));
    assertRefusal(balancer, Reason.UNAVAILABLE, 2);
    balancer.close();
    assertRefusal(balancer, Reason.CLOSED, 0);
  }

  private static void assertRefusal(Balancer balancer, Reason reason, int candidates) {
    Explanation explanation = balancer.explain(RequestContext.none());
    assertThat(explanation.choice()).isNull();
    NoEndpointException refusal = Objects.requireNonNull(explanation.refusal());
    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(explanation.candidates()).hasSize(candidates);
    assertThatThrownBy(() -> balancer.select(RequestContext.none()))
        .hasMessage(refusal.getMessage());
    assertThat(explanation.toString()).contains(reason + ", " + refusal.getMessage());
  }

  @Test
  void nothingIsBegun() {
    Balancer balancer = fixture.builder.health(fixture).build();
    fixture.source.publish(endpoint(1), endpoint(2));
    fixture.judges.get("10.0.0.1:1").admitting = false;
    assertThat(balancer.explain(RequestContext.none()).choice()).isEqualTo(endpoint(1));
    assertThat(balancer.nodes()).allMatch(node -> node.inFlight() == 0);
    assertThat(fixture.judges.get("10.0.0.1:1").recorded).isEmpty();
  }

  @Test
  void whenAllWereTriedTheStrategysChoiceStands() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1), endpoint(2));
    Explanation explanation = balancer.explain(new Tried(endpoint(1), endpoint(2)));
    assertThat(explanation.choice()).isEqualTo(endpoint(1));
    assertThat(explanation.candidates())
        .extracting(Candidate::exclusion)
        .containsOnly(Exclusion.TRIED);
  }

  @Test
  void aStrategySaysWhatItLikesButNotOnLinesOfItsOwn() {
    Balancer balancer = fixture.builder.strategy(new Talkative("forged\n2026 ALL IS WELL")).build();
    fixture.source.publish(endpoint(1));
    Explanation explanation = balancer.explain(RequestContext.none());
    assertThat(explanation.why()).hasSize(16).contains("forged\\u000a2026 ALL IS WELL");
    assertThat(explanation.strategy()).isEqualTo("Talkative\\u000d\\u000aINFO");
    assertThat(explanation.toString().lines().filter(line -> line.contains("ALL IS WELL")))
        .hasSize(16)
        .allMatch(line -> line.startsWith("why: forged\\u000a2026"));
    assertThat(explanation.toString().lines()).noneMatch(line -> line.startsWith("INFO"));
  }

  @Test
  void aStrategyThatTalksWithoutEndIsCut() {
    Balancer balancer = fixture.builder.strategy(new Talkative("x".repeat(100_000))).build();
    fixture.source.publish(endpoint(1));
    assertThat(balancer.explain(RequestContext.none()).toString()).hasSizeLessThan(8_000);
  }

  @Test
  void aStrategyThatFailsIsExplainedAndNotReported() {
    Strategy failing =
        (nodes, previous) ->
            context -> {
              throw new IllegalStateException("line\nbreak");
            };
    Balancer balancer = fixture.builder.strategy(failing).build();
    fixture.source.publish(endpoint(1));
    Explanation explanation = balancer.explain(RequestContext.none());
    assertThat(explanation.why())
        .containsExactly(
            "the strategy failed: java.lang.IllegalStateException: line\\u000abreak",
            "left to chance");
    assertThat(explanation.choice()).isEqualTo(endpoint(1));
    assertThat(fixture.events(BalancerEvent.ComponentFailed.class)).isEmpty();
  }

  @Test
  void itReadsAsATable() {
    Balancer balancer = fixture.builder.health(fixture).panicThreshold(0.1).build();
    fixture.source.publish(
        Endpoint.builder("10.0.0.2", 80).id("a").weight(2.5).build(),
        Endpoint.builder("10.0.0.2", 81).id("longer-name").build(),
        Endpoint.builder("10.0.0.2", 82).id("z").weight(0).build());
    fixture.judges.get("longer-name").judge(0);
    fixture.judges.get("a").judge(1 / 3.0);
    fixture.scheduler.run();
    for (int i = 0; i < 12; i++) {
      balancer.select(RequestContext.none()).begin();
    }
    assertThat(balancer.explain(RequestContext.none()))
        .hasToString(
            """
            orders at %d ns: chose a
            strategy: FirstUsable
            endpoints: 3, 1 drained, 1 unfit
               endpoint     in flight  load  weight   of  health
            *  a                   12    13  0.8333  2.5  0.3333
               longer-name          0     1       0    1       0  unfit
               z                    0     1       0    0       1  drained
            """
                .formatted(fixture.ticker.read()));
  }

  @Test
  void ofManyEndpointsTheChoiceAndTheFirstAreShown() {
    Balancer balancer = fixture.builder.strategy(new Last()).build();
    fixture.source.publish(
        EndpointSet.of(IntStream.rangeClosed(1, 1000).mapToObj(Fixture::endpoint).toList()));
    List<String> lines = balancer.explain(RequestContext.none()).toString().lines().toList();
    assertThat(lines).hasSize(25).endsWith("... and 980 more");
    assertThat(lines.get(4)).startsWith("*  10.0.0.1:999 ");
    assertThat(lines.get(5)).startsWith("   10.0.0.1:1 ");
    assertThat(balancer.explain(RequestContext.none()).candidates()).hasSize(1000);
  }

  @Test
  void anExplanationCannotBeChanged() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1));
    Explanation explanation = balancer.explain(RequestContext.none());
    assertThatThrownBy(() -> explanation.candidates().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> explanation.why().add("x"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  private static final class Last implements Strategy {
    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      Node last = nodes.usable().get(nodes.usable().size() - 1);
      return context -> last;
    }

    @Override
    public String toString() {
      return "Last";
    }
  }

  private record Talkative(String phrase) implements Strategy {
    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      return new Selector() {
        @Override
        public Node select(RequestContext context) {
          return nodes.usable().get(0);
        }

        @Override
        public Node explain(RequestContext context, Consumer<String> why) {
          for (int i = 0; i < 100; i++) {
            why.accept(phrase);
          }
          return select(context);
        }
      };
    }

    @Override
    public String toString() {
      return "Talkative\r\nINFO";
    }
  }
}
