package io.evenkeel.lb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every source must do for one subscriber: the part of the contract that needs no balancer.
 */
abstract class SubscriptionContract {
  /** The port of {@linkplain #endpoint all endpoints} that the tests use. */
  protected static final int PORT = 8080;

  /** In virtual time. */
  final ManualScheduler scheduler = new ManualScheduler(new FakeTicker());

  private final List<RecordingSubscriber> subscribers = new ArrayList<>();

  /** A new source of whatever was last set up below. */
  protected abstract EndpointSource newSource(ManualScheduler scheduler);

  /**
   * From now on, asking finds these endpoints: IPv4 addresses without further facts, all with
   * {@link #PORT}; there may be none, or more than a set may have.
   */
  protected abstract void answer(Collection<Endpoint> endpoints);

  /** From now on, asking fails, until the next {@link #answer}. */
  protected abstract void fail();

  /** From now on, asking finds what makes no sense, until the next {@link #answer}. */
  protected abstract void answerGarbage();

  /** How long it may take, at most, until a subscriber has heard of a change. */
  protected abstract Duration delay();

  /** Whether the source never changes and never fails, so that most of this does not apply. */
  protected boolean isFixed() {
    return false;
  }

  /** The endpoint number {@code i}, from 0 to 65535. */
  protected static Endpoint endpoint(int i) {
    return Endpoint.of("10.1." + (i >> 8) + "." + (i & 0xff), PORT);
  }

  /** Whatever a test was about, signals come one at a time and not after the end. */
  @AfterEach
  void noRuleWasBroken() {
    assertThat(subscribers).allSatisfy(each -> assertThat(each.breaches).isEmpty());
  }

  @Test
  void whatDoesNotChangeIsPublishedOnce() {
    answer(endpoints(0, 3));
    RecordingSubscriber subscriber = subscribe(Long.MAX_VALUE);
    scheduler.advance(delay().multipliedBy(10));

    assertThat(subscriber.sets).containsExactly(EndpointSet.of(endpoints(0, 3)));
  }

  @Test
  void nothingIsSignalledAfterCancel() {
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = subscribe(1);
    assertThat(subscriber.sets).hasSize(1);
    subscriber.request(5);
    subscriber.cancel();
    int before = subscriber.signals();
    answerOtherwise();
    scheduler.advance(delay());
    subscriber.request(1);

    assertThat(subscriber.signals()).isEqualTo(before);
    nothingIsLeft();
  }

  @Test
  void cancellingTwiceOrBeforeAnySetIsHarmless() {
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = subscribe();
    subscriber.cancel();
    subscriber.cancel();
    subscriber.request(1);
    scheduler.advance(delay());

    assertThat(subscriber.signals()).isZero();
    nothingIsLeft();
  }

  @Test
  void nothingIsPublishedUnlessRequestedAndThenOnlyTheLatest() {
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = subscribe();
    scheduler.advance(delay());
    assertThat(subscriber.signals()).isZero();
    answerOtherwise();
    scheduler.advance(delay());
    answerOtherwise();
    subscriber.request(1);

    assertThat(subscriber.sets)
        .containsExactly(EndpointSet.of(isFixed() ? endpoints(0, 2) : endpoints(2, 5)));
  }

  @Test
  void noMoreIsPublishedThanRequested() {
    assumeTrue(!isFixed());
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = subscribe(1);
    answer(endpoints(0, 3));
    scheduler.advance(delay());
    assertThat(subscriber.sets).hasSize(1);
    subscriber.request(1);

    assertThat(subscriber.sets)
        .containsExactly(EndpointSet.of(endpoints(0, 2)), EndpointSet.of(endpoints(0, 3)));
  }

  @Test
  void requestingNothingIsAnError() {
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = subscribe(0);
    scheduler.advance(delay());

    assertThat(subscriber.sets).isEmpty();
    assertThat(subscriber.errors).singleElement().isInstanceOf(IllegalArgumentException.class);
    nothingIsLeft();
  }

  @Test
  void afterAFailureTheSubscriptionIsOver() {
    assumeTrue(!isFixed());
    fail();
    RecordingSubscriber subscriber = subscribe(Long.MAX_VALUE);
    assertThat(subscriber.errors).hasSize(1);
    answer(endpoints(0, 2));
    scheduler.advance(delay().multipliedBy(3));

    assertThat(subscriber.signals()).isEqualTo(1);
    nothingIsLeft();
  }

  private RecordingSubscriber subscribe() {
    RecordingSubscriber subscriber = new RecordingSubscriber(newSource(scheduler));
    subscribers.add(subscriber);
    return subscriber;
  }

  private RecordingSubscriber subscribe(long request) {
    RecordingSubscriber subscriber = subscribe();
    subscriber.request(request);
    scheduler.run();
    return subscriber;
  }

  /** A change, unless the source is fixed. */
  void answerOtherwise() {
    if (!isFixed()) {
      answer(endpoints(2, 5));
    }
  }

  /** Tasks that have begun cannot be taken back, but they end now and leave no other. */
  void nothingIsLeft() {
    scheduler.run();
    assertThat(scheduler.pending()).as("pending tasks").isZero();
  }

  static List<Endpoint> endpoints(int from, int to) {
    return IntStream.range(from, to).mapToObj(SubscriptionContract::endpoint).toList();
  }
}
