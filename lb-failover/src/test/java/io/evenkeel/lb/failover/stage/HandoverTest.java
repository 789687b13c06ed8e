package io.evenkeel.lb.failover.stage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HandoverTest {
  private final CompletableFuture<AutoCloseable> call = new CompletableFuture<>();
  private final CompletableFuture<AutoCloseable> promise = new CompletableFuture<>();
  private final AtomicInteger closed = new AtomicInteger();

  @Test
  void aPromiseIsKeptWithAResultThatStaysOpen() {
    Handover.of(call, promise);
    AutoCloseable result = closed::incrementAndGet;
    call.complete(result);
    assertThat(promise).isCompletedWithValue(result);
    assertThat(closed).hasValue(0);
  }

  @Test
  void aPromiseIsKeptWithAFailure() {
    Handover.of(call, promise);
    IllegalStateException broken = new IllegalStateException("broken");
    call.completeExceptionally(broken);
    assertThat(promise.handle((result, thrown) -> thrown)).isCompletedWithValue(broken);
  }

  @Test
  void whoCancelsThePromiseCancelsTheCall() {
    Handover.of(call, promise);
    promise.cancel(true);
    assertThat(call).isCancelled();
  }

  /** The call had its result before it could be cancelled. */
  @Test
  void aResultThatNobodyGetsIsClosed() {
    promise.cancel(true);
    Handover.keep(promise, closed::incrementAndGet, null);
    assertThat(closed).hasValue(1);
  }

  @Test
  void aResultThatCannotBeClosedBreaksNothing() {
    promise.cancel(true);
    Handover.keep(
        promise,
        () -> {
          closed.incrementAndGet();
          throw new IllegalStateException("broken");
        },
        null);
    assertThat(closed).hasValue(1);
  }
}
