package io.evenkeel.lb.engine;

import static io.evenkeel.lb.engine.Fixture.endpoint;
import static io.evenkeel.lb.engine.Fixture.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.ChoiceLog;
import io.evenkeel.lb.ChoiceLog.Choice;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.engine.Fixture.Tried;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChoiceLogTest {
  private final Fixture fixture = new Fixture();

  private static void choose(Balancer balancer, int times) {
    for (int i = 0; i < times; i++) {
      balancer.select(RequestContext.none());
    }
  }

  private static List<Long> numbers(ChoiceLog log) {
    return log.choices().stream().map(Choice::number).toList();
  }

  /** The last multiples of a number up to a total, newest first. */
  private static List<Long> last(int size, long oneIn, long total) {
    return LongStream.range(0, size).mapToObj(i -> (total / oneIn - i) * oneIn).toList();
  }

  @Test
  void everyNthChoiceIsKeptNewestFirstAndNoMoreThanFit() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1));
    ChoiceLog log = balancer.record(4, 3);
    choose(balancer, 2);
    assertThat(log.choices()).isEmpty();
    choose(balancer, 1);
    assertThat(numbers(log)).containsExactly(3L);
    choose(balancer, 9);
    assertThat(numbers(log)).containsExactly(12L, 9L, 6L, 3L);
    choose(balancer, 88);
    assertThat(numbers(log)).containsExactly(99L, 96L, 93L, 90L);
    assertThat(log).hasToString("ChoiceLog[1 in 3 of 100, at most 4 kept]");
    assertThatThrownBy(() -> log.choices().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aChoiceIsKeptWithWhatWasKnown() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1), endpoint(2));
    Fixture.node(balancer, 1).begin();
    Fixture.node(balancer, 1).begin();
    ChoiceLog log = balancer.record(10, 1);
    balancer.select(new Affine(42));
    long first = fixture.ticker.read();
    fixture.ticker.advance(Duration.ofMillis(5));
    balancer.select(new Tried(endpoint(1)));
    balancer.select(new Tried(endpoint(1), endpoint(2)));
    long second = fixture.ticker.read();
    assertThat(log.choices())
        .containsExactly(
            new Choice(3, endpoint(1), second, 2, 3, 0, true),
            new Choice(2, endpoint(2), second, 0, 1, 0, true),
            new Choice(1, endpoint(1), first, 2, 3, 42, false));
  }

  @Test
  void aChoiceThatWasLeftToChanceIsKeptToo() {
    List<Node> chosen = new ArrayList<>();
    Balancer balancer =
        fixture
            .builder
            .strategy(
                (nodes, previous) ->
                    context -> {
                      if (context.affinity() == 1) {
                        throw new IllegalStateException("broken");
                      }
                      return null;
                    })
            .build();
    fixture.source.publish(endpoint(1), endpoint(2), endpoint(3));
    ChoiceLog log = balancer.record(100, 1);
    for (int i = 0; i < 50; i++) {
      chosen.add(0, balancer.select(new Affine(i % 2)));
    }
    assertThat(log.choices())
        .extracting(Choice::endpoint)
        .containsExactlyElementsOf(chosen.stream().map(Node::endpoint).toList());
    List<BalancerEvent.ComponentFailed> failures =
        fixture.events(BalancerEvent.ComponentFailed.class);
    assertThat(failures).extracting(failure -> failure.cause().getMessage()).containsOnly("broken");
  }

  @Test
  void whatIsNoChoiceIsNotCounted() {
    Balancer balancer = fixture.builder.build();
    ChoiceLog log = balancer.record(10, 1);
    assertThatThrownBy(() -> choose(balancer, 1)).isInstanceOf(NoEndpointException.class);
    fixture.source.publish(endpoint(1), endpoint(2));
    balancer.explain(RequestContext.none());
    assertThat(log.choices()).isEmpty();
    choose(balancer, 2);
    fixture.source.publish(weighted(1, 0));
    assertThatThrownBy(() -> choose(balancer, 1)).isInstanceOf(NoEndpointException.class);
    assertThat(numbers(log)).containsExactly(2L, 1L);
    assertThat(fixture.events(BalancerEvent.ComponentFailed.class)).isEmpty();
  }

  @Test
  void aLogEndsWhenItIsClosedOrAnotherBeginsAndKeepsWhatItHas() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1));
    ChoiceLog first = balancer.record(10, 1);
    choose(balancer, 1);
    ChoiceLog second = balancer.record(10, 1);
    choose(balancer, 2);
    first.close();
    choose(balancer, 1);
    second.close();
    second.close();
    choose(balancer, 5);
    assertThat(numbers(first)).containsExactly(1L);
    assertThat(numbers(second)).containsExactly(3L, 2L, 1L);
  }

  @Test
  void aLogGoesOnWhenEndpointsChangeAndStrategiesDoNotSeeIt() {
    List<@Nullable Selector> previous = new ArrayList<>();
    List<Selector> made = new ArrayList<>();
    Balancer balancer =
        fixture
            .builder
            .strategy(
                (nodes, before) -> {
                  previous.add(before);
                  Node first = nodes.usable().get(0);
                  Selector selector = context -> first;
                  made.add(selector);
                  return selector;
                })
            .build();
    fixture.source.publish(endpoint(1));
    ChoiceLog log = balancer.record(10, 1);
    choose(balancer, 1);
    fixture.source.publish(endpoint(2));
    choose(balancer, 1);
    fixture.source.publish(weighted(1, 0));
    fixture.source.publish(endpoint(3));
    choose(balancer, 1);
    assertThat(log.choices())
        .extracting(Choice::endpoint)
        .containsExactly(endpoint(3), endpoint(2), endpoint(1));
    assertThat(previous).containsExactly(null, made.get(0), made.get(1));
  }

  @Test
  void aClosedBalancerRecordsNothing() {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1));
    balancer.close();
    try (ChoiceLog log = balancer.record(10, 1)) {
      assertThatThrownBy(() -> choose(balancer, 1)).isInstanceOf(NoEndpointException.class);
      assertThat(log.choices()).isEmpty();
    }
  }

  @Test
  void badSettingsAreRefused() {
    Balancer balancer = fixture.builder.build();
    assertThatThrownBy(() -> balancer.record(0, 1)).hasMessage("size: 0 (expected: 1..65536)");
    assertThatThrownBy(() -> balancer.record(65_537, 1))
        .hasMessage("size: 65537 (expected: 1..65536)");
    assertThatThrownBy(() -> balancer.record(1, 0)).hasMessage("oneIn: 0 (expected: >= 1)");
  }

  @Test
  void ofManyThreadsExactlyEveryNthChoiceIsKept() throws Exception {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1), endpoint(2));
    ChoiceLog log = balancer.record(64, 7);
    inThreads(4, () -> choose(balancer, 500_000));
    assertThat(numbers(log)).isEqualTo(last(64, 7, 2_000_000));
  }

  @Test
  void choosingGoesOnWhileLogsAreOpenedAndClosedAndEndpointsChange() throws Exception {
    Balancer balancer = fixture.builder.build();
    fixture.source.publish(endpoint(1));
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<Future<?>> choosers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        choosers.add(
            threads.submit(
                () -> {
                  while (!stop.get()) {
                    choose(balancer, 10);
                  }
                }));
      }
      choosers.add(
          threads.submit(
              () -> {
                for (int i = 0; !stop.get(); i++) {
                  fixture.source.publish(endpoint(1 + i % 3), endpoint(4));
                }
              }));
      for (int i = 0; i < 500; i++) {
        try (ChoiceLog log = balancer.record(8, 1 + i % 5)) {
          for (int spins = 0; log.choices().size() < 8; spins++) {
            assertThat(spins).as("the log has not begun").isLessThan(100_000_000);
            Thread.onSpinWait();
          }
          int oneIn = 1 + i % 5;
          assertThat(numbers(log)).hasSize(8).allMatch(number -> number % oneIn == 0);
          assertThat(numbers(log)).doesNotHaveDuplicates();
          assertThat(log.choices())
              .extracting(choice -> choice.endpoint().port())
              .allMatch(port -> port <= 4);
        }
      }
      stop.set(true);
      for (Future<?> each : choosers) {
        each.get();
      }
      assertThat(fixture.events(BalancerEvent.ComponentFailed.class)).isEmpty();
      ChoiceLog after = balancer.record(8, 1);
      choose(balancer, 3);
      assertThat(numbers(after)).containsExactly(3L, 2L, 1L);
    } finally {
      stop.set(true);
      threads.shutdownNow();
    }
  }

  private static void inThreads(int count, Runnable task) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    CyclicBarrier together = new CyclicBarrier(count);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        all.add(
            threads.submit(
                () -> {
                  together.await();
                  task.run();
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private record Affine(long affinity) implements RequestContext {
    @Override
    public boolean tried(Endpoint endpoint) {
      return false;
    }
  }
}
