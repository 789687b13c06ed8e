package io.evenkeel.lb.health.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.HealthCheck;
import io.evenkeel.lb.health.Verdict.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HeartbeatsTest {
  private static final String ID = "10.0.0.1:80";

  private final FakeContext context = new FakeContext();

  private void advance(double seconds) {
    context.advance(Duration.ofNanos((long) (seconds * 1e9)));
  }

  private void beat(Heartbeats beats, int times, double interval) {
    for (int i = 0; i < times; i++) {
      advance(interval);
      beats.beat(ID);
    }
  }

  @Test
  void anEndpointIsDownAtTheMomentWhenPhiReachesEightAndUpWithItsNextBeat() {
    Heartbeats beats = Heartbeats.of();
    beats.start(context);
    beat(beats, 120, 1);
    assertThat(context.kinds()).containsExactly(Kind.UP);
    double last = context.ticker.read() / 1e9;
    advance(10);
    assertThat(context.kinds()).containsExactly(Kind.UP, Kind.DOWN);
    assertThat(context.said.get(1).seconds() - last).isCloseTo(3.613, within(0.001));
    assertThat(context.latest().why()).isEqualTo("no beat for 3.6 s, phi 8.0");
    beats.beat(ID);
    assertThat(context.isUp()).isTrue();
  }

  @Test
  void whoNeverReportsInIsDownAfterTheFirstInterval() {
    Heartbeats beats = Heartbeats.builder().firstInterval(Duration.ofSeconds(10)).build();
    beats.start(context);
    advance(20);
    assertThat(context.isUp()).isTrue();
    advance(10);
    assertThat(context.isUp()).as("10 s + 5.226 * 2.5 s").isFalse();
  }

  @Test
  void whatIsDownAtFirstIsUpWithTheFirstBeat() {
    Heartbeats beats = Heartbeats.builder().initiallyDown().build();
    beats.start(context);
    advance(100);
    assertThat(context.kinds()).containsExactly(Kind.DOWN);
    assertThat(context.scheduler.pending()).as("nothing to wait for").isZero();
    beats.beat(ID);
    assertThat(context.kinds()).containsExactly(Kind.DOWN, Kind.UP);
    advance(5);
    assertThat(context.isUp()).isFalse();
    beats.beat(ID);
    assertThat(context.isUp()).as("the first was no change of verdict").isTrue();
  }

  /** One wake-up at a time, whatever the number of beats. */
  @Test
  void itDoesNotPoll() {
    Heartbeats beats = Heartbeats.of();
    beats.start(context);
    beat(beats, 50, 1);
    beat(beats, 10_000, 0.001);
    assertThat(context.scheduler.pending()).isEqualTo(1);
    advance(60);
    assertThat(context.isUp()).isFalse();
    assertThat(context.scheduler.pending()).as("only a beat can change it").isZero();
  }

  @Test
  void slowerBeatsAreLearntUnlessTheyWereTakenForAFailure() {
    Heartbeats beats = Heartbeats.of();
    beats.start(context);
    beat(beats, 50, 1);
    beat(beats, 100, 2);
    beat(beats, 100, 4);
    assertThat(context.kinds()).containsExactly(Kind.UP);
    advance(100);
    assertThat(context.isUp()).isFalse();
    beats.beat(ID);
    double back = context.ticker.read() / 1e9;
    advance(20);
    assertThat(context.said.get(3).seconds() - back)
        .as("4 s + 5.226 * 0.5 s; the gap of 100 s is no habit")
        .isCloseTo(6.613, within(0.001));
  }

  /** Beats that are always too late would else be down and up for ever. */
  @Test
  void aFlappingEndpointChangesTwiceAMinuteAtMostAndIsLearntInTheEnd() {
    Heartbeats beats = Heartbeats.of();
    beats.start(context);
    beat(beats, 200, 10);
    List<FakeContext.Said> changes = context.said.subList(1, context.said.size());
    for (int i = 2; i < changes.size(); i++) {
      assertThat(changes.get(i).nanos() - changes.get(i - 2).nanos())
          .isGreaterThanOrEqualTo(60 * FakeContext.SECOND);
    }
    assertThat(changes).hasSizeBetween(2, 6);
    assertThat(context.isUp()).isTrue();
  }

  @Test
  void randomBeatsAreHardlyEverTakenForFailures() {
    Heartbeats beats = Heartbeats.builder().window(1000).build();
    beats.start(context);
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 20_000; i++) {
      beat(beats, 1, Math.max(0.01, 2 + 0.6 * random.nextGaussian()));
    }
    assertThat(context.kinds()).containsExactly(Kind.UP);
  }

  @Test
  void silenceInAPauseOfThisProcessProvesNothing() {
    Heartbeats beats = Heartbeats.of();
    beats.start(context);
    beat(beats, 50, 1);
    context.stop(Duration.ofSeconds(30));
    context.scheduler.run();
    advance(1);
    beat(beats, 50, 1);
    assertThat(context.kinds()).containsExactly(Kind.UP);
    double last = context.ticker.read() / 1e9;
    advance(10);
    assertThat(context.said.get(1).seconds() - last)
        .as("the pause was not learnt")
        .isCloseTo(3.613, within(0.02));
  }

  @Test
  void beatsThatAreHeardRightAfterAPauseAreNotLearntWithIt() {
    Heartbeats beats = Heartbeats.of();
    beats.start(context);
    beat(beats, 50, 1);
    context.stop(Duration.ofSeconds(30));
    beats.beat(ID);
    beat(beats, 50, 1);
    double last = context.ticker.read() / 1e9;
    advance(10);
    assertThat(context.said.get(1).seconds() - last).isCloseTo(3.613, within(0.02));
  }

  @Test
  void whoIsSilentAfterThePauseIsDownASilenceLater() {
    Heartbeats beats = Heartbeats.of();
    beats.start(context);
    beat(beats, 50, 1);
    context.stop(Duration.ofSeconds(30));
    context.scheduler.run();
    advance(3.5);
    assertThat(context.isUp()).isTrue();
    advance(0.5);
    assertThat(context.isUp()).isFalse();
  }

  @Test
  void beatsOfUnknownEndpointsAreCountedAndLeaveNothing() {
    Heartbeats beats = Heartbeats.of();
    HealthCheck.Run run = beats.start(context);
    assertThat(beats.beat(ID)).isTrue();
    assertThat(beats.beat("somebody else")).isFalse();
    assertThat(beats.unknownBeats()).isEqualTo(1);
    run.close();
    assertThat(context.scheduler.pending()).isZero();
    assertThat(beats.beat(ID)).isFalse();
    assertThat(beats.unknownBeats()).isEqualTo(2);
  }

  @Test
  void aBeatIsHeardByEveryBalancerOfTheEndpoint() {
    Heartbeats beats = Heartbeats.builder().initiallyDown().build();
    FakeContext other = new FakeContext(Endpoint.of("10.0.0.1", 80), 2);
    HealthCheck.Run first = beats.start(context);
    beats.start(other);
    beats.beat(ID);
    assertThat(context.isUp()).isTrue();
    assertThat(other.isUp()).isTrue();
    first.close();
    other.advance(Duration.ofSeconds(10));
    assertThat(beats.beat(ID)).isTrue();
    assertThat(other.kinds()).containsExactly(Kind.DOWN, Kind.UP, Kind.DOWN, Kind.UP);
    assertThat(context.kinds()).containsExactly(Kind.DOWN, Kind.UP);
  }

  @Test
  void aListenerThatThrowsDoesNotStopIt() {
    Heartbeats beats = Heartbeats.of();
    context.throwing = true;
    beats.start(context);
    beat(beats, 5, 1);
    advance(20);
    beats.beat(ID);
    advance(60);
    assertThat(context.kinds()).containsExactly(Kind.UP, Kind.DOWN, Kind.UP, Kind.DOWN);
    assertThat(context.failed).hasSize(4);
  }

  @Test
  void beatsOfManyThreadsAreAllHeard() throws Exception {
    Heartbeats beats = Heartbeats.of();
    beats.start(context);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (int j = 0; j < 10_000; j++) {
                  beats.beat(ID);
                }
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(context.failed).isEmpty();
    assertThat(context.scheduler.pending()).isEqualTo(1);
    advance(10);
    assertThat(context.isUp()).isFalse();
  }

  @Test
  void settingsArePrintedAndOnesOutOfRangeRefused() {
    assertThat(Heartbeats.of())
        .hasToString(
            "Heartbeats[threshold=8.0, window=100, minDeviation=PT0.5S, acceptablePause=PT0S,"
                + " firstInterval=PT1S, initially=up]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Heartbeats.builder().threshold(0.5))
        .withMessage("threshold: 0.5 (expected: 1.0..100.0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Heartbeats.builder().window(1))
        .withMessage("window: 1 (expected: 2..1000)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Heartbeats.builder().minDeviation(Duration.ZERO))
        .withMessage("minDeviation: PT0S (expected: PT0.001S..PT1H)");
  }
}
