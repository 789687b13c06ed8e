package io.evenkeel.lb.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.RequestContext;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LastGoodTest {
  private static final int MOST = 10;
  private static final RequestContext.Key<Integer> ARTICLE =
      RequestContext.Key.of("article", Integer.class);

  private final AtomicInteger told = new AtomicInteger();
  private final LastGood<String> answers =
      new LastGood<>(ARTICLE, MOST, Duration.ofHours(1), told::incrementAndGet);

  @Test
  void answersForWhichThereIsRoomAreKeptWithoutAWord() {
    assertThat(kept(MOST)).isEqualTo(MOST);
    assertThat(kept(MOST)).as("replaced").isEqualTo(MOST);
    assertThat(told).hasValue(0);
  }

  @Test
  void thatThereAreTooManyIsToldOnce() {
    assertThat(kept(MOST + 1)).isEqualTo(MOST);
    assertThat(told).hasValue(1);
    assertThat(kept(20 * MOST)).isEqualTo(MOST);
    assertThat(told).hasValue(1);
  }

  /** How many of so many are kept. */
  private long kept(int keys) {
    List<CallContext> articles =
        IntStream.range(0, keys)
            .mapToObj(article -> CallContext.once().with(ARTICLE, article))
            .toList();
    articles.forEach(article -> answers.put(article, "answer", 0));
    // Where the cache makes room.
    assertThat(ForkJoinPool.commonPool().awaitQuiescence(30, TimeUnit.SECONDS)).isTrue();
    return articles.stream().filter(article -> answers.get(article, 0) != null).count();
  }
}
