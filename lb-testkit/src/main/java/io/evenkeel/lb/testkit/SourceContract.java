package io.evenkeel.lb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerEvent.EndpointsChanged;
import io.evenkeel.lb.BalancerEvent.SetRefused;
import io.evenkeel.lb.BalancerEvent.SourceFailed;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link EndpointSource} must do, alone and behind a real balancer, in virtual time.
 *
 * <p>An implementation extends this class in its tests and says how to set up what the source asks:
 * a registry, a file, a name server. The source must do all its waiting and asking through the
 * scheduler that it is given, so that everything happens on the test's thread.
 */
public abstract class SourceContract extends SubscriptionContract {
  private final List<Balancer> open = new ArrayList<>();

  /** For tests. */
  protected SourceContract() {}

  /** Closes the balancers of a test. */
  @AfterEach
  void close() {
    open.forEach(Balancer::close);
  }

  @Test
  void theFirstSetArrivesAtOnce() {
    answer(endpoints(0, 3));
    Client client = new Client(newSource(scheduler));

    assertThat(client.balancer.endpoints()).isEqualTo(EndpointSet.of(endpoints(0, 3)));
  }

  @Test
  void changesArrive() {
    assumeTrue(!isFixed());
    answer(endpoints(0, 3));
    Client client = new Client(newSource(scheduler));
    answer(endpoints(2, 7));
    scheduler.advance(delay());

    assertThat(client.balancer.endpoints()).isEqualTo(EndpointSet.of(endpoints(2, 7)));
    assertThat(client.seen(EndpointsChanged.class)).hasSize(2);
  }

  @Test
  void aFailureKeepsTheLastGoodSet() {
    keepsTheLastGoodSet(Duration.ofMinutes(10), this::fail, SourceFailed.class);
  }

  @Test
  void garbageIsAFailure() {
    keepsTheLastGoodSet(Duration.ofMinutes(10), this::answerGarbage, SourceFailed.class);
  }

  @Test
  void anEmptyAnswerIsRefusedOrAFailure() {
    keepsTheLastGoodSet(
        Duration.ofMinutes(10), () -> answer(List.of()), SetRefused.class, SourceFailed.class);
  }

  @Test
  void anAnswerOverTheLimitIsRefusedWhole() {
    keepsTheLastGoodSet(
        Duration.ofSeconds(2),
        () -> answer(endpoints(0, EndpointSet.MAX_ENDPOINTS + 1)),
        SetRefused.class,
        SourceFailed.class);
  }

  @Test
  void asManyAsTheLimitAllowsArrive() {
    answer(endpoints(0, EndpointSet.MAX_ENDPOINTS));
    Client client = new Client(newSource(scheduler));

    assertThat(client.balancer.endpoints().size()).isEqualTo(EndpointSet.MAX_ENDPOINTS);
  }

  @Test
  void pausesBetweenFailuresGrowToAMinuteAndStartAgainAfterASuccess() {
    assumeTrue(!isFixed());
    answer(endpoints(0, 1));
    Client client = new Client(newSource(scheduler));
    fail();
    advanceToAFailure(client);
    double[] longest = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    for (int i = 0; i < longest.length; i++) {
      List<SourceFailed> failures = client.seen(SourceFailed.class);
      assertThat(failures).as("failures once %s pauses are over", i).hasSize(i + 1);
      assertThat(seconds(failures.get(i))).isBetween(longest[i] / 2, longest[i]);
      scheduler.advance(failures.get(i).retryIn());
    }

    answer(endpoints(1, 2));
    scheduler.advance(client.last(SourceFailed.class).retryIn());
    assertThat(client.balancer.endpoints()).isEqualTo(EndpointSet.of(endpoints(1, 2)));

    fail();
    advanceToAFailure(client);
    assertThat(seconds(client.last(SourceFailed.class))).isBetween(0.5, 1.0);
  }

  @Test
  void aSourceThatFailsAtFirstRecoversByItself() {
    assumeTrue(!isFixed());
    fail();
    Client client = new Client(newSource(scheduler));
    assertThat(client.balancer.endpoints().isEmpty()).isTrue();
    assertThat(client.seen(SourceFailed.class)).hasSize(1);

    answer(endpoints(0, 2));
    scheduler.advance(client.last(SourceFailed.class).retryIn());
    assertThat(client.balancer.endpoints()).isEqualTo(EndpointSet.of(endpoints(0, 2)));
  }

  @Test
  void closingLeavesNothingBehind() {
    answer(endpoints(0, 2));
    Client client = new Client(newSource(scheduler));
    client.balancer.close();
    nothingIsLeft();
    List<BalancerEvent> before = List.copyOf(client.events);
    answerOtherwise();
    scheduler.advance(delay().multipliedBy(3));

    assertThat(client.events).isEqualTo(before);
  }

  @Test
  void closingBeforeTheFirstSetLeavesNothingBehind() {
    answer(endpoints(0, 2));
    new Client(newSource(scheduler), false).balancer.close();

    nothingIsLeft();
  }

  @Test
  void closingWhileTheSourceFailsLeavesNothingBehind() {
    assumeTrue(!isFixed());
    fail();
    Client client = new Client(newSource(scheduler));
    client.balancer.close();

    nothingIsLeft();
    assertThat(client.seen(SourceFailed.class)).hasSize(1);
  }

  @Test
  void balancersOfOneSourceAreIndependent() {
    answer(endpoints(0, 2));
    EndpointSource source = newSource(scheduler);
    Client first = new Client(source);
    Client second = new Client(source);
    assertThat(first.balancer.endpoints()).isEqualTo(second.balancer.endpoints());
    first.balancer.close();
    answerOtherwise();
    scheduler.advance(delay());

    assertThat(first.balancer.endpoints()).isEqualTo(EndpointSet.none());
    assertThat(second.balancer.endpoints())
        .isEqualTo(EndpointSet.of(isFixed() ? endpoints(0, 2) : endpoints(2, 5)));
  }

  /** In steps that are too small for a failure and a retry. */
  private void advanceToAFailure(Client client) {
    int before = client.seen(SourceFailed.class).size();
    Duration step = Duration.ofMillis(50);
    for (Duration passed = Duration.ZERO;
        passed.compareTo(delay()) <= 0 && client.seen(SourceFailed.class).size() == before;
        passed = passed.plus(step)) {
      scheduler.advance(step);
    }
    assertThat(client.seen(SourceFailed.class)).hasSize(before + 1);
  }

  private void keepsTheLastGoodSet(Duration outage, Runnable change, Class<?>... oneOfTheseEvents) {
    assumeTrue(!isFixed());
    answer(endpoints(0, 3));
    Client client = new Client(newSource(scheduler));
    change.run();
    scheduler.advance(delay().plus(outage));

    assertThat(client.balancer.endpoints()).isEqualTo(EndpointSet.of(endpoints(0, 3)));
    assertThat(client.seen(EndpointsChanged.class)).hasSize(1);
    assertThat(client.events)
        .anySatisfy(event -> assertThat(event).isInstanceOfAny(oneOfTheseEvents));

    answer(endpoints(1, 4));
    scheduler.advance(delay().plus(Duration.ofMinutes(1)));
    assertThat(client.balancer.endpoints()).isEqualTo(EndpointSet.of(endpoints(1, 4)));
  }

  private static double seconds(SourceFailed failed) {
    return failed.retryIn().toNanos() / 1e9;
  }

  /** A balancer and what it has told. */
  private final class Client implements BalancerListener {
    final List<BalancerEvent> events = new ArrayList<>();
    final Balancer balancer;

    Client(EndpointSource source) {
      this(source, true);
    }

    Client(EndpointSource source, boolean run) {
      balancer =
          Balancer.builder("contract")
              .source(source)
              .strategy((nodes, previous) -> context -> nodes.usable().get(0))
              .scheduler(scheduler)
              .ticker(scheduler.ticker())
              .random(new SplittableRandom(42))
              .listener(this)
              .build();
      open.add(balancer);
      if (run) {
        scheduler.run();
      }
    }

    @Override
    public void onEvent(BalancerEvent event) {
      events.add(event);
    }

    <T extends BalancerEvent> List<T> seen(Class<T> type) {
      return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    <T extends BalancerEvent> T last(Class<T> type) {
      List<T> seen = seen(type);
      return seen.get(seen.size() - 1);
    }
  }
}
