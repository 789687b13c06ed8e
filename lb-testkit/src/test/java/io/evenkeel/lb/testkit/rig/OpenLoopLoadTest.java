package io.evenkeel.lb.testkit.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OpenLoopLoadTest {
  private static final Reply WELL = new Reply("a", Outcome.SUCCESS);

  @Test
  void sendsEachRequestOnceAndNoneBeforeItIsDue() throws Exception {
    LoadResult result =
        OpenLoopLoad.builder(2000)
            .duration(Duration.ofMillis(250))
            .build()
            .run(number -> new Reply(number % 4 == 0 ? "b" : "a", Outcome.SUCCESS));
    assertThat(result.requests().stream().map(LoadResult.Request::number))
        .containsExactlyElementsOf(IntStream.range(0, 500).mapToObj(i -> (long) i).toList());
    assertThat(result.requests())
        .allSatisfy(
            request -> {
              assertThat(request.due()).isEqualTo(request.number() * 500_000);
              assertThat(request.begun()).isGreaterThanOrEqualTo(request.due());
              assertThat(request.ended()).isGreaterThanOrEqualTo(request.begun());
            });
    assertThat(result.share("b")).isEqualTo(0.25);
    assertThat(result.unfinished()).isZero();
  }

  /** One thread, held up once: a closed loop would see one slow request, users see them all. */
  @Test
  void aWaitForAThreadIsInTheLatencyAndIsCounted() throws Exception {
    LoadResult result =
        OpenLoopLoad.builder(1000)
            .requests(200)
            .threads(1)
            .build()
            .run(
                number -> {
                  if (number == 0) {
                    block(200);
                  }
                  return WELL;
                });
    assertThat(result.starved()).isGreaterThanOrEqualTo(198);
    assertThat(result.quantile(0.5)).isGreaterThan(Duration.ofMillis(90));
    assertThat(result.quantile(1)).isGreaterThan(Duration.ofMillis(199));
  }

  /** None waits for the end of another: each ends only when the last has begun. */
  @Test
  void allAreInFlightAtOnceIfThereAreEnoughThreads() throws Exception {
    CountDownLatch begun = new CountDownLatch(40);
    LoadResult result =
        OpenLoopLoad.builder(200)
            .requests(40)
            .threads(40)
            .build()
            .run(
                number -> {
                  begun.countDown();
                  boolean all = await(begun);
                  return new Reply("a", all ? Outcome.SUCCESS : Outcome.TIMEOUT);
                });
    assertThat(result.failures()).isZero();
    assertThat(result.unfinished()).isZero();
  }

  /** A machine that stands still starves requests of a run, but hardly of each of twenty. */
  @Test
  void enoughThreadsStarveNobody() throws Exception {
    OpenLoopLoad load = OpenLoopLoad.builder(200).requests(10).threads(10).build();
    int starved = Integer.MAX_VALUE;
    for (int runs = 0; starved > 0 && runs < 20; runs++) {
      starved = load.run(number -> WELL).starved();
    }
    assertThat(starved).isZero();
  }

  @Test
  void stepsAreDoneWhenTheyAreDueAndInOrder() throws Exception {
    List<String> done = new CopyOnWriteArrayList<>();
    LoadResult result =
        OpenLoopLoad.builder(1000)
            .requests(50)
            .at(Duration.ofMillis(40), "mend", () -> done.add("mend"))
            .at(Duration.ofMillis(20), "break", () -> done.add("break"))
            .build()
            .run(number -> WELL);
    assertThat(done).containsExactly("break", "mend");
    assertThat(result.mark("break").done()).isGreaterThanOrEqualTo(Duration.ofMillis(20));
    assertThat(result.mark("mend").begun()).isGreaterThanOrEqualTo(Duration.ofMillis(40));
    assertThat(result.mark("mend").begun()).isGreaterThanOrEqualTo(result.mark("break").done());
  }

  @Test
  void whatDoesNotEndIsCountedAndBrokenOff() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger interrupted = new AtomicInteger();
    LeakOracle oracle = LeakOracle.builder().threads("open-loop-.*").begin();
    LoadResult result =
        OpenLoopLoad.builder(1000)
            .requests(20)
            .patience(Duration.ofSeconds(1))
            .build()
            .run(
                number -> {
                  if (number < 3) {
                    try {
                      never.await();
                    } catch (InterruptedException e) {
                      interrupted.incrementAndGet();
                    }
                  }
                  return WELL;
                });
    assertThat(result.unfinished()).isEqualTo(3);
    assertThat(result.count()).isEqualTo(17);
    assertThat(interrupted).hasValue(3);
    oracle.assertNone();
  }

  @Test
  void aSenderThatThrowsIsNoResult() {
    assertThatThrownBy(
            () ->
                OpenLoopLoad.builder(1000)
                    .requests(100_000)
                    .build()
                    .run(
                        number -> {
                          throw new IllegalArgumentException("a mistake");
                        }))
        .hasRootCauseMessage("a mistake");
    assertThatThrownBy(
            () ->
                OpenLoopLoad.builder(1000)
                    .requests(1)
                    .at(
                        Duration.ZERO,
                        "fail",
                        () -> {
                          throw new IllegalArgumentException("another");
                        })
                    .build()
                    .run(number -> WELL))
        .hasRootCauseMessage("another");
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  private static void block(long millis) {
    try {
      new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
