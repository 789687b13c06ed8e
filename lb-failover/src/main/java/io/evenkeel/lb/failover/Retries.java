package io.evenkeel.lb.failover;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.evenkeel.lb.Outcome;
import io.github.resilience4j.core.functions.Either;
import io.github.resilience4j.retry.RetryConfig;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a call goes by of a {@link RetryConfig}. */
final class Retries {
  private final RetryConfig config;
  private final @Nullable Predicate<@Nullable Object> badResult;
  private final @Nullable BiConsumer<Integer, @Nullable Object> beforeRetry;

  Retries(RetryConfig config) {
    this.config = config;
    this.badResult = config.getResultPredicate();
    this.beforeRetry = config.getConsumeResultBeforeRetryAttempt();
  }

  static RetryConfig defaults() {
    return RetryConfig.custom().maxAttempts(3).intervalFunction(Backoff.ofDefaults()).build();
  }

  int mostAttempts() {
    return config.getMaxAttempts();
  }

  /** A result that the config wants to be repeated is a failure, whatever else it is. */
  Outcome judge(@Nullable Object result, Outcome outcome) {
    return badResult != null && !outcome.isFailure() && badResult.test(result)
        ? Outcome.FAILURE
        : outcome;
  }

  /** Whether the config lets what was thrown be repeated. */
  boolean covers(@Nullable Throwable thrown) {
    return thrown == null || config.getExceptionPredicate().test(thrown);
  }

  boolean isFailureAfterResults() {
    return config.isFailAfterMaxAttempts();
  }

  /**
   * @param made how many attempts were made
   */
  long pauseNanos(int made, @Nullable Object result, @Nullable Throwable thrown) {
    Either<Throwable, Object> last = thrown != null ? Either.left(thrown) : Either.right(result);
    Long millis = config.getIntervalBiFunction().apply(made, last);
    return MILLISECONDS.toNanos(Math.max(0, millis));
  }

  /**
   * A result was a failure and is given up for another attempt.
   *
   * @param made how many attempts were made
   */
  void discard(int made, @Nullable Object result) throws Exception {
    try {
      if (beforeRetry != null) {
        beforeRetry.accept(made, result);
      }
    } finally {
      if (result instanceof AutoCloseable open) {
        open.close();
      }
    }
  }

  @SuppressWarnings("deprecation") // the other one wraps it, without its name
  private Object pauses() {
    Object named = config.getIntervalFunction();
    return named != null ? named : config.getIntervalBiFunction();
  }

  @Override
  public String toString() {
    return "at most " + mostAttempts() + " attempts, pauses " + pauses();
  }
}
