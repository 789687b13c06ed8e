package io.evenkeel.lb.failover.stage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** It is over once, and a stage that nobody waits for is cancelled. */
@Timeout(60)
class AwaitedTest {
  private final CompletableFuture<String> answer = new CompletableFuture<>();

  /** Says what happens to it. */
  private static final class Told extends Awaited<String> {
    final List<@Nullable Object> told = new ArrayList<>();
    private final Callable<CompletionStage<String>> opening;

    Told(Callable<CompletionStage<String>> opening) {
      this.opening = opening;
    }

    @Override
    protected CompletionStage<String> open() throws Exception {
      return opening.call();
    }

    @Override
    protected void completed(@Nullable String result, @Nullable Throwable thrown) {
      told.add(thrown == null ? result : thrown);
    }

    @Override
    protected void discard(@Nullable String result) {
      told.add("discarded " + result);
    }
  }

  @Test
  void whatItCompletesWithIsTold() {
    Told awaited = new Told(() -> answer);
    awaited.begin();
    assertThat(awaited.isOver()).isFalse();
    answer.complete("answer");
    assertThat(awaited.told).containsExactly("answer");
    assertThat(awaited.isOver()).isTrue();
    assertThat(awaited.giveUp(() -> {})).isFalse();
    assertThat(awaited.told).hasSize(1);
  }

  @Test
  void whatDependentsWrapIsUnwrapped() {
    IOException thrown = new IOException("broken");
    Told awaited = new Told(() -> answer.thenApply(value -> value));
    awaited.begin();
    answer.completeExceptionally(thrown);
    assertThat(awaited.told).containsExactly(thrown);
  }

  @Test
  void whatOpeningThrowsIsItsFailure() {
    IOException thrown = new IOException("broken");
    Told awaited =
        new Told(
            () -> {
              throw thrown;
            });
    awaited.begin();
    assertThat(awaited.told).containsExactly(thrown);
  }

  @Test
  @SuppressWarnings("NullAway") // that is the mistake
  void thatThereIsNoStageIsItsFailure() {
    Told awaited = new Told(() -> null);
    awaited.begin();
    assertThat(awaited.told).singleElement().isInstanceOf(NullPointerException.class);
  }

  @Test
  void whatIsGivenUpIsCancelledAndTellsNothing() {
    Told awaited = new Told(() -> answer);
    awaited.begin();
    assertThat(awaited.giveUp(() -> awaited.told.add("first: " + answer.isDone()))).isTrue();
    assertThat(awaited.giveUp(() -> awaited.told.add("never"))).isFalse();
    assertThat(answer).isCancelled();
    assertThat(awaited.told).containsExactly("first: false");
  }

  @Test
  void whatIsGivenUpBeforeDoesNotBegin() {
    AtomicInteger opened = new AtomicInteger();
    Told awaited =
        new Told(
            () -> {
              opened.incrementAndGet();
              return answer;
            });
    assertThat(awaited.giveUp(() -> {})).isTrue();
    awaited.begin();
    assertThat(opened).hasValue(0);
    assertThat(awaited.told).isEmpty();
  }

  @Test
  void whatIsGivenUpWhileItOpensIsCancelled() {
    Told[] awaited = new Told[1];
    awaited[0] =
        new Told(
            () -> {
              awaited[0].giveUp(() -> {});
              return answer;
            });
    awaited[0].begin();
    assertThat(answer).isCancelled();
    assertThat(awaited[0].told).isEmpty();
  }

  /** Minimal stages cannot be cancelled. */
  @Test
  void aLateResultIsDiscarded() {
    Told awaited = new Told(answer::minimalCompletionStage);
    awaited.begin();
    assertThat(awaited.giveUp(() -> {})).isTrue();
    answer.complete("late");
    assertThat(awaited.told).containsExactly("discarded late");
  }

  /** One begins it while the other gives it up: it is over once, and no stage is left alone. */
  @Test
  void underAnyRaceItIsOverOnceAndNoStageIsLeft() throws Exception {
    int rounds = 20_000;
    CyclicBarrier begin = new CyclicBarrier(2);
    CyclicBarrier end = new CyclicBarrier(2);
    List<CompletableFuture<String>> opened = new ArrayList<>();
    Told[] awaited = new Told[1];
    Thread other =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < rounds; i++) {
                  begin.await(10, TimeUnit.SECONDS);
                  awaited[0].giveUp(() -> {});
                  end.await(10, TimeUnit.SECONDS);
                }
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    other.setDaemon(true);
    other.start();
    int left = 0;
    for (int i = 0; i < rounds; i++) {
      opened.clear();
      awaited[0] =
          new Told(
              () -> {
                CompletableFuture<String> future = new CompletableFuture<>();
                opened.add(future);
                return future;
              });
      begin.await(10, TimeUnit.SECONDS);
      awaited[0].begin();
      end.await(10, TimeUnit.SECONDS);
      left += opened.stream().allMatch(CompletableFuture::isCancelled) ? 0 : 1;
      assertThat(awaited[0].isOver()).isTrue();
    }
    assertThat(left).as("stages that nobody waits for").isZero();
  }
}
