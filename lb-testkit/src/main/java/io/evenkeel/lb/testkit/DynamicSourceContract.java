package io.evenkeel.lb.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.BalancerEvent.EndpointsChanged;
import io.evenkeel.lb.BalancerEvent.SetRefused;
import io.evenkeel.lb.BalancerEvent.SourceFailed;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What every {@link EndpointSource} must do whose endpoints change and that may fail, beyond what
 * all sources must.
 *
 * <p>An implementation extends this class in its tests and says how to set up what the source asks:
 * a registry, a file, a name server.
 */
public abstract class DynamicSourceContract extends SourceContract {
  /** For tests. */
  protected DynamicSourceContract() {}

  /**
   * From now on, asking finds these endpoints: IPv4 addresses without further facts, all with
   * {@link #PORT}; there may be none, or more than a set may have. Sources that are there find them
   * too.
   */
  @Override
  protected abstract void answer(Collection<Endpoint> endpoints);

  /** From now on, asking fails, until the next {@link #answer}. */
  protected abstract void fail();

  /** From now on, asking finds what makes no sense, until the next {@link #answer}. */
  protected abstract void answerGarbage();

  /** How long it may take, at most, until a subscriber has heard of a change. */
  protected abstract Duration delay();

  @Test
  void changesArrive() {
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
  void pausesBetweenFailuresGrowToAMinuteAndStartAgainAfterASuccess() {
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
    fail();
    Client client = new Client(newSource(scheduler));
    assertThat(client.balancer.endpoints().isEmpty()).isTrue();
    assertThat(client.seen(SourceFailed.class)).hasSize(1);

    answer(endpoints(0, 2));
    scheduler.advance(client.last(SourceFailed.class).retryIn());
    assertThat(client.balancer.endpoints()).isEqualTo(EndpointSet.of(endpoints(0, 2)));
  }

  @Test
  void aChangeIsNotSignalledAfterCancel() {
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = newSubscriber(1);
    subscriber.request(5);
    subscriber.cancel();
    answer(endpoints(2, 5));
    scheduler.advance(delay().multipliedBy(3));
    subscriber.request(1);

    assertThat(subscriber.sets).containsExactly(EndpointSet.of(endpoints(0, 2)));
    assertThat(subscriber.signals()).isEqualTo(1);
    nothingIsLeft();
  }

  @Test
  void onlyTheLatestIsPublishedOnceRequested() {
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = newSubscriber();
    scheduler.advance(delay());
    answer(endpoints(2, 5));
    scheduler.advance(delay());
    assertThat(subscriber.signals()).isZero();
    subscriber.request(1);

    assertThat(subscriber.sets).containsExactly(EndpointSet.of(endpoints(2, 5)));
  }

  @Test
  void noMoreIsPublishedThanRequested() {
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = newSubscriber(1);
    answer(endpoints(0, 3));
    scheduler.advance(delay());
    assertThat(subscriber.sets).hasSize(1);
    subscriber.request(1);

    assertThat(subscriber.sets)
        .containsExactly(EndpointSet.of(endpoints(0, 2)), EndpointSet.of(endpoints(0, 3)));
  }

  @Test
  void afterAFailureTheSubscriptionIsOver() {
    fail();
    RecordingSubscriber subscriber = newSubscriber(Long.MAX_VALUE);
    assertThat(subscriber.errors).hasSize(1);
    answer(endpoints(0, 2));
    scheduler.advance(delay().multipliedBy(3));

    assertThat(subscriber.signals()).isEqualTo(1);
    nothingIsLeft();
  }

  @Test
  void aChangeAfterClosingIsNotAskedFor() {
    answer(endpoints(0, 2));
    Client client = new Client(newSource(scheduler));
    assertThat(client.source.open()).isEqualTo(1);
    client.balancer.close();
    client.isUnsubscribed();
    answer(endpoints(2, 5));

    client.hearsNothingWithin(delay().multipliedBy(3));
  }

  @Test
  void closingWhileTheSourceFailsLeavesNothingBehind() {
    fail();
    Client client = new Client(newSource(scheduler));
    client.balancer.close();

    client.isUnsubscribed();
    assertThat(client.seen(SourceFailed.class)).hasSize(1);
  }

  @Test
  void aChangeArrivesThoughAnotherBalancerOfTheSourceIsClosed() {
    answer(endpoints(0, 2));
    EndpointSource source = newSource(scheduler);
    Client closed = new Client(source);
    Client client = new Client(source);
    closed.balancer.close();
    answer(endpoints(2, 5));
    scheduler.advance(delay());

    assertThat(client.balancer.endpoints()).isEqualTo(EndpointSet.of(endpoints(2, 5)));
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
}
