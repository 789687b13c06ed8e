package io.evenkeel.lb.failover;

import io.evenkeel.lb.Lease;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** How the attempts of an {@link AsyncCall} begin. */
@FunctionalInterface
interface Opening<T extends @Nullable Object> {
  /**
   * Begins one.
   *
   * @param unwanted takes what comes after the stage was cancelled
   */
  Opened<T> on(Lease lease, long limitNanos, Consumer<@Nullable T> unwanted) throws Exception;

  /**
   * An attempt that has begun.
   *
   * @param outcomes that judge its end
   * @param late makes what it fails with where it is not over within its limit in nanoseconds
   */
  record Opened<T extends @Nullable Object>(
      CompletionStage<T> stage, Outcomes outcomes, LongFunction<Throwable> late) {
    Opened(CompletionStage<T> stage, Outcomes outcomes) {
      this(stage, outcomes, Opened::tookLong);
    }

    static Throwable tookLong(long limitNanos) {
      return new AttemptTimeout(limitNanos, null);
    }
  }
}
