package io.evenkeel.lb.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link EndpointSource} must do, alone and behind a real balancer, in virtual time:
 * also one whose endpoints never change. {@link DynamicSourceContract} is for all others.
 *
 * <p>An implementation extends this class in its tests and says how to set up what the source
 * finds. The source must do all its waiting and asking through the scheduler that it is given, so
 * that everything happens on the test's thread.
 */
public abstract class SourceContract {
  /** The port of {@linkplain #endpoint all endpoints} that the tests use. */
  protected static final int PORT = 8080;

  /** Longer than any source waits before it asks again. */
  private static final Duration LONG = Duration.ofMinutes(10);

  /** In virtual time. */
  final ManualScheduler scheduler = new ManualScheduler(new FakeTicker());

  private final List<RecordingSubscriber> subscribers = new ArrayList<>();
  private final List<Balancer> balancers = new ArrayList<>();

  /** For tests. */
  protected SourceContract() {}

  /** A new source of whatever was last set up by {@link #answer}. */
  protected abstract EndpointSource newSource(ManualScheduler scheduler);

  /**
   * From now on, a source finds these endpoints: IPv4 addresses without further facts, all with
   * {@link #PORT}; at least one, and as many as a set may have.
   */
  protected abstract void answer(Collection<Endpoint> endpoints);

  /** The endpoint number {@code i}, from 0 to 65535. */
  protected static Endpoint endpoint(int i) {
    return Endpoint.of("10.1." + (i >> 8) + "." + (i & 0xff), PORT);
  }

  /** Whatever a test was about, signals come one at a time and not after the end. */
  @AfterEach
  void noRuleWasBroken() {
    balancers.forEach(Balancer::close);
    assertThat(subscribers).allSatisfy(each -> assertThat(each.breaches).isEmpty());
  }

  @Test
  void theFirstSetArrivesAtOnce() {
    answer(endpoints(0, 3));
    Client client = new Client(newSource(scheduler));

    assertThat(client.balancer.endpoints()).isEqualTo(EndpointSet.of(endpoints(0, 3)));
  }

  @Test
  void asManyAsTheLimitAllowsArrive() {
    answer(endpoints(0, EndpointSet.MAX_ENDPOINTS));
    Client client = new Client(newSource(scheduler));

    assertThat(client.balancer.endpoints().size()).isEqualTo(EndpointSet.MAX_ENDPOINTS);
  }

  @Test
  void whatDoesNotChangeIsPublishedOnce() {
    answer(endpoints(0, 3));
    RecordingSubscriber subscriber = newSubscriber(Long.MAX_VALUE);
    scheduler.advance(LONG);

    assertThat(subscriber.sets).containsExactly(EndpointSet.of(endpoints(0, 3)));
  }

  @Test
  void nothingIsPublishedUnlessRequested() {
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = newSubscriber();
    scheduler.advance(LONG);
    assertThat(subscriber.signals()).isZero();
    subscriber.request(1);

    assertThat(subscriber.sets).containsExactly(EndpointSet.of(endpoints(0, 2)));
  }

  @Test
  void requestingNothingIsAnError() {
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = newSubscriber(0);
    scheduler.advance(LONG);

    assertThat(subscriber.sets).isEmpty();
    assertThat(subscriber.errors).singleElement().isInstanceOf(IllegalArgumentException.class);
    nothingIsLeft();
  }

  @Test
  void nothingIsSignalledAfterCancel() {
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = newSubscriber(1);
    assertThat(subscriber.sets).hasSize(1);
    subscriber.cancel();
    int before = subscriber.signals();
    scheduler.advance(LONG);
    subscriber.request(1);

    assertThat(subscriber.signals()).isEqualTo(before);
    nothingIsLeft();
  }

  @Test
  void theSignalThatCancelsIsTheLast() {
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = newSubscriber();
    subscriber.busy = subscriber::cancel;
    subscriber.request(Long.MAX_VALUE);
    scheduler.advance(LONG);

    assertThat(subscriber.sets).containsExactly(EndpointSet.of(endpoints(0, 2)));
    assertThat(subscriber.signals()).isEqualTo(1);
    nothingIsLeft();
  }

  @Test
  void cancellingTwiceOrBeforeAnySetIsHarmless() {
    answer(endpoints(0, 2));
    RecordingSubscriber subscriber = newSubscriber();
    subscriber.cancel();
    subscriber.cancel();
    subscriber.request(1);
    scheduler.advance(LONG);

    assertThat(subscriber.signals()).isZero();
    nothingIsLeft();
  }

  @Test
  void closingUnsubscribesAndLeavesNothingBehind() {
    answer(endpoints(0, 2));
    Client client = new Client(newSource(scheduler));
    client.balancer.close();

    client.isUnsubscribed();
    client.hearsNothingWithin(LONG);
  }

  @Test
  void closingBeforeTheFirstSetUnsubscribesAndLeavesNothingBehind() {
    answer(endpoints(0, 2));
    Client client = new Client(newSource(scheduler), false);
    client.balancer.close();

    client.isUnsubscribed();
    client.hearsNothingWithin(LONG);
  }

  @Test
  void balancersOfOneSourceAreIndependent() {
    answer(endpoints(0, 2));
    EndpointSource source = newSource(scheduler);
    Client first = new Client(source);
    Client second = new Client(source);
    first.balancer.close();
    Client third = new Client(source);
    scheduler.advance(LONG);

    assertThat(first.balancer.endpoints()).isEqualTo(EndpointSet.none());
    assertThat(second.balancer.endpoints()).isEqualTo(EndpointSet.of(endpoints(0, 2)));
    assertThat(third.balancer.endpoints()).isEqualTo(EndpointSet.of(endpoints(0, 2)));
  }

  /** A new subscriber to a new source, which has requested nothing. */
  RecordingSubscriber newSubscriber() {
    RecordingSubscriber subscriber = new RecordingSubscriber(newSource(scheduler));
    subscribers.add(subscriber);
    return subscriber;
  }

  /** A new subscriber to a new source, which has requested so many sets. */
  RecordingSubscriber newSubscriber(long request) {
    RecordingSubscriber subscriber = newSubscriber();
    subscriber.request(request);
    scheduler.run();
    return subscriber;
  }

  /** Tasks that have begun cannot be taken back, but they end now and leave no other. */
  void nothingIsLeft() {
    scheduler.run();
    assertThat(scheduler.pending()).as("pending tasks").isZero();
  }

  static List<Endpoint> endpoints(int from, int to) {
    return IntStream.range(from, to).mapToObj(SourceContract::endpoint).toList();
  }

  /** A balancer and what it has told. */
  final class Client implements BalancerListener {
    final List<BalancerEvent> events = new ArrayList<>();
    final TappedSource source;
    final Balancer balancer;

    Client(EndpointSource source) {
      this(source, true);
    }

    Client(EndpointSource source, boolean run) {
      this.source = new TappedSource(source);
      balancer =
          Balancer.builder("contract")
              .source(this.source)
              .strategy((nodes, previous) -> context -> nodes.usable().get(0))
              .scheduler(scheduler)
              .ticker(scheduler.ticker())
              .random(new SplittableRandom(42))
              .listener(this)
              .build();
      balancers.add(balancer);
      if (run) {
        scheduler.run();
      }
    }

    @Override
    public void onEvent(BalancerEvent event) {
      events.add(event);
    }

    void isUnsubscribed() {
      nothingIsLeft();
      assertThat(source.open()).as("open subscriptions").isZero();
    }

    void hearsNothingWithin(Duration time) {
      int signals = source.signals();
      List<BalancerEvent> before = List.copyOf(events);
      scheduler.advance(time);
      assertThat(source.signals()).as("signals").isEqualTo(signals);
      assertThat(events).isEqualTo(before);
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
