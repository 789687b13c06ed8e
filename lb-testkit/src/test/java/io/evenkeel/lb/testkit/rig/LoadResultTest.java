package io.evenkeel.lb.testkit.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** 300 requests, one each millisecond, each of 2 ms; the even ones are broken for 100 ms. */
class LoadResultTest {
  private static final long MILLI = 1_000_000;

  private final LoadResult result =
      new LoadResult(
          IntStream.range(0, 300).mapToObj(LoadResultTest::request).toList(),
          1,
          2,
          Map.of("break", mark(99, 100), "mend", mark(200, 201)));

  private static LoadResult.Request request(int number) {
    boolean even = number % 2 == 0;
    boolean failed = even && number >= 100 && number < 200;
    long due = number * MILLI;
    return new LoadResult.Request(
        number,
        due,
        due + MILLI / 2,
        due + 2 * MILLI,
        even ? "a" : "b",
        failed ? Outcome.UNREACHABLE : Outcome.SUCCESS,
        even ? "even" : "");
  }

  private static LoadResult.Mark mark(int begun, int done) {
    return new LoadResult.Mark(Duration.ofMillis(begun), Duration.ofMillis(done));
  }

  @Test
  void questionsAboutPartsAreAnswered() {
    LoadResult broke = result.between(result.mark("break").done(), result.mark("mend").begun());
    assertThat(broke.count()).isEqualTo(100);
    assertThat(broke.failures("a")).isEqualTo(broke.count("a")).isEqualTo(50);
    assertThat(broke.failures("b")).isZero();
    assertThat(broke.share("a")).isEqualTo(0.5);
    assertThat(result.after("mend").failures()).isZero();
    assertThat(result.after("mend").count()).isEqualTo(99);
    assertThat(result.count(Outcome.UNREACHABLE)).isEqualTo(result.failures()).isEqualTo(50);
    assertThat(result.count("a", Outcome.SUCCESS)).isEqualTo(100);
    assertThat(result.counts().get("b")).isEqualTo(Map.of(Outcome.SUCCESS, 150));
    assertThat(result.lastBegun("b")).contains(Duration.ofNanos(299 * MILLI + MILLI / 2));
    assertThat(result.lastBegun("c")).isEmpty();
    assertThat(result.quantile(0.5)).isEqualTo(Duration.ofMillis(2));
    assertThatThrownBy(() -> result.mark("heal")).hasMessageContaining("step: heal (expected: one");
  }

  @Test
  void whatIsSaidCanBeRead() {
    assertThat(result.requests().get(100))
        .hasToString("100 from 100.5 ms until 102.0 ms, a UNREACHABLE: even");
    assertThat(result.requests().get(1)).hasToString("1 from 1.5 ms until 3.0 ms, b SUCCESS");
    assertThat(result).asString().contains("300 ended, 50 failed, 1 unfinished, 2 starved");
  }

  @Test
  void sumsOfSlicesAreAllRequests() {
    List<LoadResult.Slice> timeline = result.timeline();
    assertThat(sum(timeline.stream().map(LoadResult.Slice::begun).toList(), "a")).isEqualTo(150);
    assertThat(sum(timeline.stream().map(LoadResult.Slice::ended).toList(), "b")).isEqualTo(150);
    assertThat(sum(timeline.stream().map(LoadResult.Slice::failed).toList(), "a")).isEqualTo(50);
    assertThat(timeline.subList(0, 10)).allMatch(slice -> slice.failed().isEmpty());
    assertThat(timeline.get(11).failed()).isEqualTo(Map.of("a", 5));
  }

  private static int sum(List<Map<String, Integer>> counts, String endpoint) {
    return counts.stream().mapToInt(each -> each.getOrDefault(endpoint, 0)).sum();
  }
}
