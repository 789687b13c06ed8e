package io.evenkeel.lb.testkit.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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

  @Test
  void enoughThreadsStarveNobody() throws Exception {
    LoadResult result =
        OpenLoopLoad.builder(200)
            .requests(40)
            .threads(40)
            .build()
            .run(
                number -> {
                  block(100);
                  return WELL;
                });
    assertThat(result.starved()).isLessThan(10);
    assertThat(result.quantile(0.5)).isBetween(Duration.ofMillis(100), Duration.ofMillis(190));
  }

  @Test
  void questionsAboutPartsAreAnswered() throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    LoadResult result =
        OpenLoopLoad.builder(1000)
            .requests(300)
            .at(Duration.ofMillis(200), "mend", () -> broken.set(false))
            .at(Duration.ofMillis(100), "break", () -> broken.set(true))
            .build()
            .run(
                number -> {
                  boolean even = number % 2 == 0;
                  return new Reply(
                      even ? "a" : "b",
                      even && broken.get() ? Outcome.UNREACHABLE : Outcome.SUCCESS);
                });
    assertThat(result.mark("break").done()).isGreaterThanOrEqualTo(Duration.ofMillis(100));
    assertThat(result.mark("mend").begun()).isGreaterThan(result.mark("break").done());
    LoadResult broke = result.between(result.mark("break").done(), result.mark("mend").begun());
    assertThat(broke.failures("a")).isEqualTo(broke.count("a")).isPositive();
    assertThat(broke.failures("b")).isZero();
    assertThat(broke.share("a")).isBetween(0.4, 0.6);
    assertThat(result.after("mend").failures()).isZero();
    assertThat(result.count(Outcome.UNREACHABLE)).isEqualTo(result.failures());
    assertThat(result.counts().get("b")).isEqualTo(Map.of(Outcome.SUCCESS, 150));
    assertThat(result.lastBegun("b").orElseThrow()).isGreaterThanOrEqualTo(Duration.ofMillis(299));
    assertThat(result.lastBegun("c")).isEmpty();
    assertThatThrownBy(() -> result.mark("heal")).hasMessageContaining("step: heal (expected: one");

    List<LoadResult.Slice> timeline = result.timeline();
    assertThat(sum(timeline.stream().map(LoadResult.Slice::begun).toList(), "a")).isEqualTo(150);
    assertThat(sum(timeline.stream().map(LoadResult.Slice::ended).toList(), "b")).isEqualTo(150);
    assertThat(sum(timeline.stream().map(LoadResult.Slice::failed).toList(), "a"))
        .isEqualTo(result.failures());
    assertThat(timeline.subList(0, 10)).allMatch(slice -> slice.failed().isEmpty());
  }

  private static int sum(List<Map<String, Integer>> counts, String endpoint) {
    return counts.stream().mapToInt(each -> each.getOrDefault(endpoint, 0)).sum();
  }

  @Test
  void whatDoesNotEndIsCountedAndBrokenOff() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger interrupted = new AtomicInteger();
    LeakOracle oracle = LeakOracle.builder().threads("open-loop-.*").begin();
    LoadResult result =
        OpenLoopLoad.builder(1000)
            .requests(20)
            .patience(Duration.ofMillis(50))
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

  private static void block(long millis) {
    try {
      new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
