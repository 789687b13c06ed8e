package io.evenkeel.lb.health.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.health.CheckContext;
import io.evenkeel.lb.health.HealthCheck;
import io.evenkeel.lb.health.Verdict;
import io.evenkeel.lb.health.Verdict.Kind;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ActiveProbeTest {
  private static final CompletionStage<Verdict> UP =
      CompletableFuture.completedFuture(Verdict.up("ok"));
  private static final CompletionStage<Verdict> DOWN =
      CompletableFuture.completedFuture(Verdict.down("no"));

  private final FakeContext context = new FakeContext();
  private final Script script = new Script();

  /** A probe that does what the test says, and remembers when it was asked. */
  private final class Script implements HealthProbe {
    final List<Double> times = new ArrayList<>();
    CompletionStage<Verdict> answer = UP;
    @Nullable RuntimeException thrown;

    @Override
    public CompletionStage<Verdict> probe(Endpoint endpoint, Duration limit) {
      times.add(context.ticker.read() / 1e9);
      if (thrown != null) {
        throw thrown;
      }
      return answer;
    }

    List<Double> gaps() {
      List<Double> gaps = new ArrayList<>();
      for (int i = 1; i < times.size(); i++) {
        gaps.add(times.get(i) - times.get(i - 1));
      }
      return gaps;
    }
  }

  private ActiveProbe.Builder exact() {
    return ActiveProbe.builder(script).jitter(0);
  }

  private HealthCheck.Run start(ActiveProbe check) {
    return check.start(context);
  }

  private void advance(double seconds) {
    context.advance(Duration.ofNanos((long) (seconds * 1e9)));
  }

  /** Lets time pass until the first probe was sent. */
  private void untilAsked() {
    while (script.times.isEmpty()) {
      advance(0.001);
    }
  }

  @Test
  void aProbeIsToldWhichAddressesTheEndpointMayHave() {
    List<AddressPolicy> told = new ArrayList<>();
    HealthProbe probe =
        new HealthProbe() {
          @Override
          public CompletionStage<Verdict> probe(Endpoint endpoint, Duration limit) {
            return DOWN;
          }

          @Override
          public CompletionStage<Verdict> probe(
              Endpoint endpoint, AddressPolicy addresses, Duration limit) {
            told.add(addresses);
            return UP;
          }
        };
    start(ActiveProbe.of(probe));
    advance(10);
    assertThat(told).isNotEmpty().containsOnly(FakeContext.ADDRESSES);
  }

  @Test
  void aSuspectedEndpointIsAskedAtOnceAndItsFirstFailureBelieved() {
    HealthCheck.Run run = start(exact().interval(Duration.ofSeconds(5)).build());
    untilAsked();
    advance(5);
    int asked = script.times.size();
    script.answer = DOWN;
    run.suspected();
    advance(0.001);
    assertThat(script.times).hasSize(asked + 1);
    assertThat(context.kinds()).endsWith(Kind.DOWN);
    script.answer = UP;
    advance(2.5);
    assertThat(context.kinds()).endsWith(Kind.UP);
    run.suspected();
    advance(20);
    assertThat(context.kinds()).endsWith(Kind.UP);
    assertThat(script.gaps().subList(asked + 3, script.gaps().size())).allMatch(gap -> gap > 4.9);
  }

  @Test
  void anEndpointIsAskedAtItsIntervalFromARandomPhase() {
    start(exact().build());
    assertThat(context.kinds()).containsExactly(Kind.UP);
    advance(60);
    assertThat(script.times.get(0)).isBetween(0.001, 5.0);
    assertThat(script.gaps()).hasSize(11).allMatch(gap -> Math.abs(gap - 5) < 1e-6);
    assertThat(context.said).as("nothing has changed").hasSize(1);
  }

  @Test
  void probesOfManyEndpointsAreSpreadOverTheInterval() {
    ManualScheduler scheduler = new ManualScheduler(new FakeTicker());
    int[] perHalfSecond = new int[10];
    HealthProbe counting =
        (endpoint, limit) -> {
          perHalfSecond[(int) (scheduler.ticker().read() / 500_000_000L) % 10]++;
          return UP;
        };
    for (int i = 0; i < 1000; i++) {
      Endpoint endpoint = Endpoint.of("10.0.0.1", 1 + i);
      ActiveProbe.builder(counting)
          .jitter(0)
          .build()
          .start(new FakeContext(endpoint, i, scheduler));
    }
    scheduler.advance(Duration.ofNanos(4_999_999_999L));
    assertThat(sum(perHalfSecond)).isEqualTo(1000);
    for (int count : perHalfSecond) {
      assertThat(count).isBetween(60, 140);
    }
  }

  private static int sum(int[] counts) {
    int sum = 0;
    for (int count : counts) {
      sum += count;
    }
    return sum;
  }

  @Test
  void jitterKeepsIntervalsWithinItsShareAndSpreadsThem() {
    start(ActiveProbe.builder(script).jitter(0.2).build());
    advance(5_000);
    assertThat(script.gaps()).allMatch(gap -> gap >= 4 && gap <= 6);
    assertThat(script.gaps().stream().mapToDouble(gap -> gap).average().orElseThrow())
        .isBetween(4.9, 5.1);
    assertThat(script.gaps().stream().mapToLong(gap -> Math.round(gap * 10)).distinct().count())
        .isGreaterThan(15);
  }

  @Test
  void threeFailuresTakeItDownAndTwoSuccessesUpAgainAtTheFastInterval() {
    start(exact().build());
    script.answer = DOWN;
    untilAsked();
    double first = script.times.get(0);
    advance(1.9);
    assertThat(context.isUp()).as("two failures").isTrue();
    advance(0.2);
    assertThat(context.latest()).isEqualTo(Verdict.down("no"));
    assertThat(context.said.get(1).seconds()).isEqualTo(first + 2);
    advance(4);
    assertThat(script.gaps()).as("failing").allMatch(gap -> Math.abs(gap - 1) < 1e-6);
    script.answer = UP;
    advance(1);
    assertThat(context.isUp()).as("one success").isFalse();
    advance(1);
    assertThat(context.isUp()).isTrue();
    int before = script.times.size();
    advance(30);
    assertThat(script.times.size() - before).as("at the usual interval").isEqualTo(6);
  }

  @Test
  void anEndpointThatIsDownAtFirstIsUpWithItsFirstSuccess() {
    start(exact().initiallyDown().rise(5).build());
    assertThat(context.kinds()).containsExactly(Kind.DOWN);
    script.answer = DOWN;
    advance(1.001);
    assertThat(script.times).as("asked within a second").isNotEmpty();
    advance(3);
    assertThat(context.said).hasSize(1);
    script.answer = UP;
    advance(1);
    assertThat(context.kinds()).containsExactly(Kind.DOWN, Kind.UP);
  }

  @Test
  void withoutTrafficForAMinuteItIsAskedSlowlyUntilThereIsSome() {
    start(exact().build());
    untilAsked();
    context.quietNanos = 59 * FakeContext.SECOND;
    advance(50.1);
    assertThat(script.times).hasSize(11);
    context.quietNanos = 60 * FakeContext.SECOND;
    advance(300);
    assertThat(script.times).as("once a minute").hasSize(16);
    advance(20);
    context.quietNanos = 0;
    advance(5);
    assertThat(script.times).as("traffic is back").hasSize(17);
  }

  @Test
  void oneThatFailsIsNotLeftAloneForLackOfTraffic() {
    start(exact().build());
    untilAsked();
    context.quietNanos = 600 * FakeContext.SECOND;
    script.answer = DOWN;
    advance(60.1);
    advance(10);
    assertThat(context.isUp()).isFalse();
    int before = script.times.size();
    advance(10);
    assertThat(script.times.size() - before).isEqualTo(10);
    script.answer = CompletableFuture.completedFuture(Verdict.draining("d"));
    advance(10);
    before = script.times.size();
    advance(60);
    assertThat(script.times.size() - before).as("a drained one has no traffic").isEqualTo(12);
  }

  @Test
  void noAnswerWithinTheLimitIsAFailureAndALateOneIsNothing() {
    start(exact().build());
    List<CompletableFuture<Verdict>> open = new ArrayList<>();
    CompletableFuture<Verdict> first = new CompletableFuture<>();
    script.answer = first;
    untilAsked();
    advance(0.999);
    assertThat(script.times).hasSize(1);
    open.add(first);
    for (int i = 0; i < 2; i++) {
      CompletableFuture<Verdict> next = new CompletableFuture<>();
      script.answer = next;
      open.add(next);
      advance(1);
    }
    advance(0.1);
    assertThat(context.latest()).isEqualTo(Verdict.down("no answer within PT1S"));
    for (CompletableFuture<Verdict> late : open) {
      late.complete(Verdict.up("late"));
    }
    advance(0.5);
    assertThat(context.isUp()).isFalse();
    assertThat(context.failed).isEmpty();
    assertThat(script.gaps()).allMatch(gap -> Math.abs(gap - 1) < 1e-6);
  }

  /** A stage that says what it likes, as often as it likes: the schedule is that of one probe. */
  @Test
  void anAnswerThatComesTwiceDoesNotDoubleTheSchedule() {
    List<CompletableFuture<Verdict>> stages = new ArrayList<>();
    HealthProbe twice =
        (endpoint, limit) -> {
          script.times.add(context.ticker.read() / 1e9);
          CompletableFuture<Verdict> stage =
              new CompletableFuture<>() {
                @Override
                public CompletableFuture<Verdict> whenComplete(
                    BiConsumer<? super Verdict, ? super Throwable> action) {
                  CompletableFuture<Verdict> unused = super.whenComplete(action);
                  return super.whenComplete(action);
                }
              };
          stages.add(stage);
          context.scheduler.schedule(() -> stage.complete(Verdict.up("ok")), 500_000_000);
          return stage;
        };
    start(ActiveProbe.builder(twice).jitter(0).build());
    advance(100);
    assertThat(stages).hasSize(20);
    assertThat(context.scheduler.pending()).as("one look, and perhaps one limit").isLessThan(3);
  }

  /** Bug of a peer: a callback that throws stops the scheduler in silence. */
  @Test
  void aProbeThatThrowsIsAFailureIsReportedAndIsAskedAgain() {
    start(exact().build());
    script.thrown = new IllegalStateException("broken probe");
    advance(20);
    assertThat(context.latest()).isEqualTo(Verdict.down("broken probe"));
    assertThat(script.times.size()).isGreaterThanOrEqualTo(15);
    assertThat(context.failed).hasSize(script.times.size()).containsOnly(script.thrown);
    script.thrown = null;
    advance(2);
    assertThat(context.isUp()).isTrue();
  }

  @Test
  @SuppressWarnings("NullAway") // what a careless probe may do
  void nullIsAFailureAndReported() {
    start(exact().fall(1).build());
    script.answer = null;
    advance(5);
    assertThat(context.isUp()).isFalse();
    script.answer = CompletableFuture.completedFuture(null);
    advance(5);
    assertThat(context.latest().kind()).isEqualTo(Kind.DOWN);
    assertThat(context.failed).hasSize(script.times.size());
    script.answer = UP;
    advance(5);
    assertThat(context.isUp()).isTrue();
  }

  @Test
  void whatTheEndpointDidIsNoDefectOfTheProbe() {
    start(exact().fall(1).build());
    script.answer = CompletableFuture.failedFuture(new IOException("Connection refused"));
    advance(5);
    assertThat(context.latest()).isEqualTo(Verdict.down("Connection refused"));
    assertThat(context.failed).isEmpty();
  }

  @Test
  void aContextThatThrowsDoesNotStopIt() {
    start(exact().build());
    context.throwing = true;
    script.answer = DOWN;
    advance(10);
    script.answer = UP;
    advance(10);
    assertThat(context.kinds()).containsExactly(Kind.UP, Kind.DOWN, Kind.UP);
    assertThat(context.failed).hasSize(2);
  }

  @Test
  void whatAnAgentSaysPassesOnAtOnce() {
    start(exact().build());
    advance(5);
    assertNext(Verdict.up(0.5, "half"));
    assertNext(Verdict.up(0.25, "a quarter"));
    assertNext(Verdict.draining("d"));
    assertNext(Verdict.maintenance("m"));
    assertNext(Verdict.up("all"));
    int before = context.said.size();
    script.answer = CompletableFuture.completedFuture(Verdict.up("still all"));
    advance(5);
    assertThat(context.said).hasSize(before);
  }

  private void assertNext(Verdict verdict) {
    script.answer = CompletableFuture.completedFuture(verdict);
    advance(5);
    assertThat(context.latest()).isEqualTo(verdict);
  }

  @Test
  void drainingIsNoWayBackFromDown() {
    start(exact().build());
    script.answer = DOWN;
    advance(10);
    assertThat(context.isUp()).isFalse();
    script.answer = CompletableFuture.completedFuture(Verdict.draining("d"));
    advance(1);
    assertThat(context.latest().kind()).isEqualTo(Kind.DRAINING);
    script.answer = DOWN;
    advance(1);
    assertThat(context.latest().kind()).isEqualTo(Kind.DOWN);
    script.answer = UP;
    advance(1);
    assertThat(context.isUp()).isFalse();
    advance(1);
    assertThat(context.isUp()).isTrue();
  }

  /** Every run of answers, at the speed of probes: never more than two changes in a minute. */
  @Test
  void aFlappingCheckChangesTheVerdictTwiceAMinuteAtMost() {
    SplittableRandom random = new SplittableRandom(7);
    int[] left = {0};
    boolean[] good = {true};
    HealthProbe flapping =
        (endpoint, limit) -> {
          if (left[0]-- == 0) {
            left[0] = random.nextInt(1, 10);
            good[0] = !good[0];
          }
          return good[0] ? UP : DOWN;
        };
    start(ActiveProbe.of(flapping));
    advance(3_600);
    List<FakeContext.Said> changes = context.said.subList(1, context.said.size());
    assertThat(changes).hasSizeGreaterThan(10);
    for (int i = 2; i < changes.size(); i++) {
      assertThat(changes.get(i).nanos() - changes.get(i - 2).nanos())
          .isGreaterThanOrEqualTo(60 * FakeContext.SECOND);
    }
  }

  @Test
  void failuresThatShowAfterAPauseOfThisProcessAreNotCounted() {
    start(exact().fall(1).build());
    untilAsked();
    script.answer = DOWN;
    context.stop(Duration.ofSeconds(20));
    context.scheduler.run();
    assertThat(script.times).hasSize(2);
    assertThat(context.isUp()).as("the first look after the pause").isTrue();
    script.answer = UP;
    advance(0.3);
    assertThat(script.times).as("asked again soon").hasSize(3);
    advance(60);
    assertThat(context.said).hasSize(1);
  }

  @Test
  void aTimeLimitThatPassesInAPauseProvesNothing() {
    start(exact().fall(1).build());
    script.answer = new CompletableFuture<>();
    untilAsked();
    context.stop(Duration.ofMillis(1_400));
    script.answer = UP;
    context.scheduler.run();
    advance(30);
    assertThat(context.said).hasSize(1);
  }

  /** The pause is over before the limit, but has left the endpoint hardly any time. */
  @Test
  void aTimeLimitThatPassesRightAfterAPauseProvesNothing() {
    start(exact().fall(1).build());
    script.answer = new CompletableFuture<>();
    untilAsked();
    context.stop(Duration.ofMillis(900));
    advance(0.05);
    script.answer = UP;
    advance(30);
    assertThat(context.said).hasSize(1);
  }

  /** The answer is read before the time limit's task gets its turn. */
  @Test
  void anErrorThatIsReadAfterAPauseProvesNothing() {
    start(exact().fall(1).build());
    CompletableFuture<Verdict> answer = new CompletableFuture<>();
    script.answer = answer;
    untilAsked();
    context.stop(Duration.ofSeconds(5));
    answer.completeExceptionally(new IOException("Connection reset"));
    script.answer = UP;
    advance(30);
    assertThat(context.said).hasSize(1);
  }

  @Test
  void whatIsSeenOfADeadEndpointAfterThePauseCounts() {
    start(exact().build());
    untilAsked();
    context.stop(Duration.ofSeconds(20));
    script.answer = DOWN;
    advance(5);
    assertThat(context.isUp()).isFalse();
  }

  @Test
  void aProcessThatIsAlwaysLateComesToAVerdictAllTheSame() {
    start(exact().fall(3).build());
    script.answer = DOWN;
    for (int i = 0; i < 40 && context.isUp(); i++) {
      context.stop(Duration.ofSeconds(6));
      context.scheduler.run();
    }
    assertThat(context.isUp()).isFalse();
  }

  @Test
  void aProbeThatHadNoMeansToAskSaysNothingUnlessThatGoesOn() {
    start(exact().fall(1).build());
    script.answer = CompletableFuture.failedFuture(new RejectedExecutionException("no thread"));
    untilAsked();
    advance(1.1);
    assertThat(script.times).hasSize(5);
    assertThat(context.isUp()).isTrue();
    advance(0.5);
    assertThat(context.latest()).isEqualTo(Verdict.down("no thread"));
    assertThat(context.failed).isEmpty();
  }

  /** The probe's limit begins a little later than the round, and ends as much later. */
  @Test
  void aProbeThatSaysAtItsLimitThatItHadNoMeansToAskIsHeard() {
    HealthProbe starved =
        (endpoint, limit) -> {
          script.times.add(0.0);
          CompletableFuture<Verdict> answer = new CompletableFuture<>();
          context.ticker.advance(50_000);
          context.scheduler.schedule(
              () -> answer.completeExceptionally(new RejectedExecutionException("no thread")),
              limit.toNanos());
          return answer;
        };
    start(ActiveProbe.builder(starved).jitter(0).fall(1).build());
    while (script.times.size() < 5) {
      advance(0.1);
    }
    assertThat(context.isUp()).isTrue();
  }

  @Test
  void closeLeavesNothingBehind() {
    HealthCheck.Run waiting = start(exact().build());
    waiting.close();
    assertThat(context.scheduler.pending()).isZero();

    CompletableFuture<Verdict> answer = new CompletableFuture<>();
    script.answer = answer;
    HealthCheck.Run asking = start(exact().fall(1).build());
    untilAsked();
    assertThat(context.scheduler.pending()).isEqualTo(1);
    asking.close();
    assertThat(context.scheduler.pending()).isZero();
    int said = context.said.size();
    answer.complete(Verdict.down("late"));
    advance(60);
    assertThat(script.times).hasSize(1);
    assertThat(context.said).hasSize(said);
    assertThat(context.scheduler.pending()).isZero();
  }

  /**
   * Real threads: limits pass while answers arrive, again and again. Two chains for one endpoint,
   * or the end of one, would show.
   */
  @Test
  @Timeout(60)
  void raceOfAnswersAndLimitsKeepsOneProbeUnderWay() throws Exception {
    int endpoints = 8;
    CountDownLatch enough = new CountDownLatch(200 * endpoints);
    AtomicInteger together = new AtomicInteger();
    RealContext real = new RealContext(context, new LastRead());
    List<HealthCheck.Run> runs = new ArrayList<>();
    for (int i = 0; i < endpoints; i++) {
      ActiveProbe check =
          ActiveProbe.builder(new Racing(real.ticker, enough, together, i))
              .interval(Duration.ofMillis(10))
              .timeout(Duration.ofMillis(2))
              .build();
      runs.add(check.start(real));
    }
    assertThat(enough.await(50, TimeUnit.SECONDS)).as("no chain ends").isTrue();
    runs.forEach(HealthCheck.Run::close);
    assertThat(together).hasValue(0);
  }

  /** Tells a probe at what time the thread that asks it takes it to begin. */
  private static final class LastRead implements Ticker {
    private final ThreadLocal<Long> last = ThreadLocal.withInitial(() -> 0L);

    @Override
    public long read() {
      long now = System.nanoTime();
      last.set(now);
      return now;
    }
  }

  /** Answers between half its limit and one and a half. */
  private static final class Racing implements HealthProbe {
    private final LastRead ticker;
    private final CountDownLatch enough;
    private final AtomicInteger together;
    private final SplittableRandom random;
    private int left = 200;
    private long askedNanos;
    private CompletableFuture<Verdict> answer = CompletableFuture.completedFuture(Verdict.up("ok"));

    Racing(LastRead ticker, CountDownLatch enough, AtomicInteger together, long seed) {
      this.ticker = ticker;
      this.enough = enough;
      this.together = together;
      this.random = new SplittableRandom(seed);
    }

    @Override
    public synchronized CompletionStage<Verdict> probe(Endpoint endpoint, Duration limit) {
      long now = ticker.last.get();
      // The one before must have answered, or its limit be over.
      if (!answer.isDone() && now - askedNanos < limit.toNanos()) {
        together.incrementAndGet();
      }
      askedNanos = now;
      if (left-- > 0) {
        enough.countDown();
      }
      long delay = limit.toNanos() / 2 + random.nextLong(limit.toNanos());
      CompletableFuture<Verdict> stage = new CompletableFuture<>();
      answer = stage;
      CompletableFuture.delayedExecutor(delay, TimeUnit.NANOSECONDS)
          .execute(() -> stage.complete(Verdict.up("ok")));
      return stage;
    }
  }

  @Test
  void settingsArePrintedAndThoseThatDoNotFitAreRefused() {
    assertThat(ActiveProbe.of(TcpProbe.of()))
        .hasToString(
            "ActiveProbe[TcpProbe, interval=PT5S, jitter=0.1, timeout=PT1S, rise=2, fall=3,"
                + " fastInterval=PT1S, slowInterval=PT1M, initially=up]");
    assertThat(exact().interval(Duration.ofMillis(200)).initiallyDown().build().toString())
        .contains("timeout=PT0.1S", "fastInterval=PT0.2S", "initially=down");
    assertRefused(
        exact().timeout(Duration.ofSeconds(5)), "timeout: PT5S (expected: < PT5S, the interval)");
    assertRefused(
        exact().fastInterval(Duration.ofSeconds(6)),
        "fastInterval: PT6S (expected: <= PT5S, the interval)");
    assertRefused(
        exact().slowInterval(Duration.ofSeconds(4)),
        "slowInterval: PT4S (expected: >= PT5S, the interval)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> exact().rise(0))
        .withMessage("rise: 0 (expected: 1..100)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> exact().fall(101))
        .withMessage("fall: 101 (expected: 1..100)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> exact().jitter(Double.NaN))
        .withMessage("jitter: NaN (expected: 0.0..1.0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> exact().interval(Duration.ZERO))
        .withMessage("interval: PT0S (expected: PT0.01S..PT1H)");
  }

  private static void assertRefused(ActiveProbe.Builder builder, String message) {
    assertThatIllegalArgumentException().isThrownBy(builder::build).withMessage(message);
  }

  /** The same, in real time. */
  private record RealContext(FakeContext fake, LastRead ticker) implements CheckContext {
    @Override
    public String balancer() {
      return fake.balancer();
    }

    @Override
    public Node node() {
      return fake.node();
    }

    @Override
    public Scheduler scheduler() {
      return Scheduler.shared();
    }

    @Override
    public RandomGenerator random() {
      return () -> ThreadLocalRandom.current().nextLong();
    }

    @Override
    public long quietNanos() {
      return 0;
    }

    @Override
    public void report(Verdict verdict) {}

    @Override
    public void failed(Throwable thrown) {}
  }
}
