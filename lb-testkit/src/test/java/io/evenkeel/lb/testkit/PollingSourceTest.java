package io.evenkeel.lb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.source.PollingSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

class PollingSourceTest extends DynamicSourceContract {
  private final ManualScheduler time = new ManualScheduler(new FakeTicker());
  private Callable<EndpointSet> answer = EndpointSet::of;

  @Override
  protected EndpointSource newSource(ManualScheduler scheduler) {
    return PollingSource.builder(() -> answer.call())
        .scheduler(scheduler)
        .random(new SplittableRandom(7))
        .build();
  }

  @Override
  protected void answer(Collection<Endpoint> endpoints) {
    answer = () -> EndpointSet.of(endpoints);
  }

  @Override
  protected void fail() {
    answer =
        () -> {
          throw new IOException("the registry is gone");
        };
  }

  @Override
  protected void answerGarbage() {
    answer =
        () -> {
          throw new ClassCastException("a bug");
        };
  }

  @Override
  protected Duration delay() {
    return Duration.ofSeconds(11);
  }

  @Test
  @NullUnmarked
  void nullForAnAnswerIsAFailure() {
    RecordingSubscriber subscriber = subscribe(PollingSource.builder(() -> null));

    assertThat(subscriber.errors)
        .singleElement()
        .extracting(Throwable::getMessage)
        .isEqualTo("answer: null (expected: a set of endpoints)");
  }

  @Test
  void eachPauseDiffersFromTheIntervalByAtMostTheJitter() {
    List<Long> times = new ArrayList<>();
    subscribe(
        PollingSource.builder(
                () -> {
                  times.add(time.ticker().read());
                  return set(0);
                })
            .interval(Duration.ofSeconds(1))
            .jitter(0.25)
            .random(new SplittableRandom(1)));
    time.advance(Duration.ofSeconds(1000));

    List<Long> pauses = new ArrayList<>();
    for (int i = 1; i < times.size(); i++) {
      pauses.add(TimeUnit.NANOSECONDS.toMillis(times.get(i) - times.get(i - 1)));
    }
    assertThat(times.get(0)).isZero();
    assertThat(pauses).allSatisfy(pause -> assertThat(pause).isBetween(750L, 1250L));
    assertThat(pauses).anySatisfy(pause -> assertThat(pause).isLessThan(800));
    assertThat(pauses).anySatisfy(pause -> assertThat(pause).isGreaterThan(1200));
  }

  @Test
  void anAnswerThatIsTakenBackBeforeItWasRequestedIsNotPublished() {
    AtomicInteger polls = new AtomicInteger();
    int[] answers = {0, 1, 0};
    RecordingSubscriber subscriber =
        new RecordingSubscriber(
            PollingSource.builder(() -> set(answers[Math.min(2, polls.getAndIncrement())]))
                .interval(Duration.ofSeconds(1))
                .jitter(0)
                .scheduler(time)
                .build());
    subscriber.request(1);
    time.run();
    time.advance(Duration.ofSeconds(5));
    subscriber.request(Long.MAX_VALUE);

    assertThat(subscriber.sets).containsExactly(set(0));
  }

  @Test
  void nothingIsAskedAfterCancel() {
    AtomicInteger polls = new AtomicInteger();
    RecordingSubscriber subscriber =
        subscribe(PollingSource.builder(() -> set(polls.incrementAndGet())));
    time.advance(Duration.ofMinutes(1));
    assertThat(polls).hasValueGreaterThan(1);
    int asked = polls.get();
    subscriber.cancel();
    time.advance(Duration.ofMinutes(1));

    assertThat(polls).hasValue(asked);
  }

  @Test
  void cancelDuringAPollSilencesIt() {
    RecordingSubscriber[] self = new RecordingSubscriber[1];
    self[0] =
        new RecordingSubscriber(
            PollingSource.builder(
                    () -> {
                      self[0].cancel();
                      return set(0);
                    })
                .scheduler(time)
                .build());
    self[0].request(1);
    time.run();

    assertThat(self[0].signals()).isZero();
    assertThat(time.pending()).isZero();
  }

  @Test
  void cancelDuringAPollThatFailsSilencesIt() {
    RecordingSubscriber[] self = new RecordingSubscriber[1];
    self[0] =
        new RecordingSubscriber(
            PollingSource.builder(
                    () -> {
                      self[0].cancel();
                      throw new IOException("too late");
                    })
                .scheduler(time)
                .build());
    self[0].request(1);
    time.run();

    assertThat(self[0].signals()).isZero();
    assertThat(time.pending()).isZero();
  }

  @Test
  void aSubscriberThatThrowsIsLetGo() {
    AtomicInteger polls = new AtomicInteger();
    RecordingSubscriber subscriber =
        new RecordingSubscriber(
            PollingSource.builder(() -> set(polls.incrementAndGet())).scheduler(time).build());
    subscriber.busy =
        () -> {
          throw new IllegalStateException("a subscriber's bug");
        };
    time.run();
    assertThat(time.pending()).isEqualTo(1);

    assertThatThrownBy(() -> subscriber.request(1)).hasMessage("a subscriber's bug");
    assertThat(time.pending()).isZero();
    assertThat(polls).hasValue(1);
  }

  @Test
  void aSchedulerThatRefusesToWaitIsAFailure() {
    Scheduler shutDown =
        new Scheduler() {
          @Override
          public Scheduled schedule(Runnable task, long delayNanos) {
            throw new RejectedExecutionException("shut down");
          }

          @Override
          public void execute(Runnable task) {
            task.run();
          }
        };

    assertThat(subscribeOn(shutDown).errors)
        .singleElement()
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void aSchedulerThatRefusesToAskIsAFailure() {
    Scheduler shutDown =
        new Scheduler() {
          @Override
          public Scheduled schedule(Runnable task, long delayNanos) {
            return () -> {};
          }

          @Override
          public void execute(Runnable task) {
            throw new RejectedExecutionException("shut down");
          }
        };

    assertThat(subscribeOn(shutDown).errors)
        .singleElement()
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void pollsMayBlockWithoutHoldingUpTheTimer() throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    RecordingSubscriber subscriber =
        new RecordingSubscriber(
            PollingSource.of(
                () -> {
                  asked.countDown();
                  go.await();
                  return set(0);
                }));
    try {
      assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
      CountDownLatch timer = new CountDownLatch(1);
      Scheduler.shared().schedule(timer::countDown, 0);
      assertThat(timer.await(10, TimeUnit.SECONDS)).isTrue();
    } finally {
      subscriber.cancel();
      go.countDown();
    }
  }

  @Test
  void anAnswerThatComesDuringASignalWaitsForItsEnd() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger polls = new AtomicInteger();
    RecordingSubscriber subscriber =
        new RecordingSubscriber(
            PollingSource.builder(() -> set(polls.getAndIncrement()))
                .interval(Duration.ofSeconds(1))
                .jitter(0)
                .scheduler(time)
                .build());
    time.run();
    subscriber.busy =
        () -> {
          inside.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    Thread requester = new Thread(() -> subscriber.request(2));
    requester.start();
    try {
      assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();
      subscriber.busy = () -> {};
      time.advance(Duration.ofSeconds(1));
      assertThat(subscriber.sets).containsExactly(set(0));
    } finally {
      go.countDown();
      requester.join();
    }

    assertThat(subscriber.sets).containsExactly(set(0), set(1));
    assertThat(subscriber.breaches).isEmpty();
  }

  @Test
  void signalsOfRealThreadsComeOneAtATimeAndPollsDoNotOverlap() throws Exception {
    AtomicInteger polls = new AtomicInteger();
    AtomicInteger under = new AtomicInteger();
    AtomicInteger overlaps = new AtomicInteger();
    CountDownLatch enough = new CountDownLatch(200);
    RecordingSubscriber subscriber =
        new RecordingSubscriber(
            PollingSource.builder(
                    () -> {
                      overlaps.addAndGet(under.getAndIncrement());
                      enough.countDown();
                      EndpointSet set = set(polls.incrementAndGet());
                      under.decrementAndGet();
                      return set;
                    })
                .interval(Duration.ofMillis(1))
                .build());
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Thread thread =
          new Thread(
              () -> {
                while (enough.getCount() > 0) {
                  subscriber.request(1);
                }
              });
      threads.add(thread);
      thread.start();
    }
    assertThat(enough.await(30, TimeUnit.SECONDS)).isTrue();
    for (Thread thread : threads) {
      thread.join();
    }
    subscriber.cancel();

    assertThat(subscriber.breaches).isEmpty();
    assertThat(overlaps).hasValue(0);
    assertThat(subscriber.sets).isNotEmpty().doesNotHaveDuplicates();
    assertThat(subscriber.errors).isEmpty();
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    PollingSource.Builder builder = PollingSource.builder(EndpointSet::none);

    assertThatThrownBy(() -> builder.interval(Duration.ZERO))
        .hasMessage("interval: PT0S (expected: PT0.001S..PT24H)");
    assertThatThrownBy(() -> builder.interval(Duration.ofDays(2)))
        .hasMessage("interval: PT48H (expected: PT0.001S..PT24H)");
    assertThatThrownBy(() -> builder.jitter(Double.NaN))
        .hasMessage("jitter: NaN (expected: 0.0..1.0)");
    assertThatThrownBy(() -> builder.jitter(1.1)).hasMessage("jitter: 1.1 (expected: 0.0..1.0)");
    assertThat(builder.build()).hasToString("PollingSource[every PT10S, jitter 0.1]");
  }

  private RecordingSubscriber subscribe(PollingSource.Builder source) {
    RecordingSubscriber subscriber = new RecordingSubscriber(source.scheduler(time).build());
    subscriber.request(Long.MAX_VALUE);
    time.run();
    return subscriber;
  }

  private static RecordingSubscriber subscribeOn(Scheduler scheduler) {
    return new RecordingSubscriber(
        PollingSource.builder(() -> set(0)).scheduler(scheduler).build());
  }

  private static EndpointSet set(int i) {
    return EndpointSet.of(endpoint(i));
  }
}
