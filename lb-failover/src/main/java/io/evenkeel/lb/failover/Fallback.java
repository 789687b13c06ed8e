package io.evenkeel.lb.failover;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.Answer.Source;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls that have an answer even when a {@link Failover} has failed for good. Asked in this order,
 * as far as they are given:
 *
 * <ol>
 *   <li>other failovers, such as those of other regions, each with its own deadline, but within the
 *       {@linkplain CallContext#TIME_LIMIT time limit} of the call;
 *   <li>the last good answer, which is remembered by a key;
 *   <li>a substitute.
 * </ol>
 *
 * <pre>{@code
 * Fallback<String> prices =
 *     Fallback.<String>builder(failover)
 *         .elsewhere(otherRegion)
 *         .lastGood(ARTICLE, 10_000, Duration.ofMinutes(5))
 *         .substitute("ask us")
 *         .build();
 * Answer<String> price = prices.call(context, endpoint -> fetch(endpoint));
 * }</pre>
 *
 * <p>A call that may have been processed and is not {@linkplain CallContext#IDEMPOTENT idempotent}
 * is not made elsewhere. One whose thread was interrupted has no fallback, nor has one that threw
 * what says nothing of an endpoint. A result that is a failure, by {@link Outcomes} or the retry
 * config, is answered by the fallbacks, too, and given back as it is if they have nothing.
 * Thread-safe.
 *
 * @param <T> what calls result in
 */
public final class Fallback<T extends @Nullable Object> {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.failover");

  /** The first is that of the calls themselves. */
  private final List<Failover> failovers;

  private final @Nullable LastGood<T> lastGood;
  private final @Nullable Supplier<? extends T> substitute;

  private Fallback(Builder<T> settings) {
    this.failovers = List.copyOf(settings.failovers);
    this.lastGood = settings.lastGood;
    this.substitute = settings.substitute;
  }

  /** Begins one for the calls of a failover. */
  public static <T extends @Nullable Object> Builder<T> builder(Failover failover) {
    return new Builder<>(failover);
  }

  /**
   * Makes a call and waits for its answer.
   *
   * @param context as for {@link Failover#call}
   * @throws FailoverException if it has failed for good, and there is no fallback for it; that of
   *     the call itself, with those of other failovers suppressed
   * @throws RuntimeException as thrown by the operation, as {@link Failover#call} does
   */
  public Answer<T> call(RequestContext context, Operation<T> operation) {
    Course course = new Course(context);
    while (true) {
      Answer<T> answer;
      try {
        answer = course.ended(course.failover().call(course.context(), operation));
      } catch (FailoverException e) {
        answer = course.failed(e);
      }
      if (answer != null) {
        return answer;
      }
    }
  }

  /**
   * Makes a call without waiting for it. To cancel the result cancels what is under way.
   *
   * @param context as for {@link Failover#callAsync}
   * @return completes with the answer, or exceptionally as {@link #call} throws
   */
  public CompletableFuture<Answer<T>> callAsync(
      RequestContext context, AsyncOperation<T> operation) {
    CompletableFuture<Answer<T>> promise = new CompletableFuture<>();
    make(new Course(context), operation, promise);
    return promise;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what comes of it completes the promise
  private void make(
      Course course, AsyncOperation<T> operation, CompletableFuture<Answer<T>> promise) {
    CompletableFuture<T> call = course.failover().callAsync(course.context(), operation);
    promise.whenComplete((answer, thrown) -> call.cancel(true));
    call.whenComplete(
        (result, thrown) -> {
          try {
            Answer<T> answer = after(course, result, thrown);
            if (answer != null) {
              if (!promise.complete(answer)) {
                course.discard(answer);
              }
            } else if (!promise.isDone()) {
              make(course, operation, promise);
            }
          } catch (Throwable t) {
            promise.completeExceptionally(t);
          }
        });
  }

  private @Nullable Answer<T> after(Course course, T result, @Nullable Throwable thrown)
      throws Throwable {
    if (thrown == null) {
      return course.ended(result);
    }
    Throwable cause = thrown.getCause();
    Throwable own = thrown instanceof CompletionException && cause != null ? cause : thrown;
    if (own instanceof FailoverException e) {
      return course.failed(e);
    }
    throw own;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("Fallback[").append(failovers.get(0).balancer().name());
    for (Failover other : failovers.subList(1, failovers.size())) {
      text.append(" -> ").append(other.balancer().name());
    }
    return text.append(lastGood == null ? "" : " -> last good, " + lastGood)
        .append(substitute == null ? "]" : " -> substitute]")
        .toString();
  }

  /** How far one call has come. Not thread-safe; what it does is in order. */
  private final class Course {
    private final RequestContext context;
    private final @Nullable Duration limit;
    private final long begunNanos;
    private int asked;

    /** Of the call itself; at most one of the two. */
    private @Nullable FailoverException failure;

    private @Nullable Answer<T> bad;

    Course(RequestContext context) {
      this.context = requireNonNull(context, "context");
      this.limit = context.get(CallContext.TIME_LIMIT);
      this.begunNanos = nowNanos();
    }

    /** By one clock, whatever those of other failovers are. */
    private long nowNanos() {
      return failovers.get(0).rules().ticker.read();
    }

    /** Of the call that is made next. */
    RequestContext context() {
      if (limit == null || asked == 0) {
        return context;
      }
      Duration left = limit.minusNanos(nowNanos() - begunNanos);
      return CallContext.of(context).with(CallContext.TIME_LIMIT, left);
    }

    Failover failover() {
      return failovers.get(asked);
    }

    /** A result; null if the call is to be made by the next failover. */
    @Nullable Answer<T> ended(T result) {
      if (!failover().rules().isFailure(result)) {
        if (lastGood != null) {
          lastGood.put(context, result, nowNanos());
        }
        return answer(result, asked == 0 ? Source.CALL : Source.ELSEWHERE, 0);
      }
      if (asked == 0) {
        bad = new Answer<>(result, Source.CALL, 0, null);
      } else {
        failover().rules().guarded.discard(1, result);
      }
      return next(failover().isIdempotent(context));
    }

    /** The same for a failure. */
    @Nullable Answer<T> failed(FailoverException thrown) {
      if (!thrown.reason().isOfEndpoints()) {
        throw thrown;
      }
      if (asked == 0) {
        failure = thrown;
      } else if (failure != null) {
        failure.addSuppressed(thrown);
      }
      boolean unprocessed =
          thrown.attempts().stream().map(Attempt::outcome).allMatch(Outcome::isUnprocessed);
      return next(unprocessed || failover().isIdempotent(context));
    }

    private @Nullable Answer<T> next(boolean repeatable) {
      if (repeatable && asked + 1 < failovers.size()) {
        asked++;
        return null;
      }
      long now = nowNanos();
      LastGood.Stamped<T> last = lastGood == null ? null : lastGood.get(context, now);
      if (last != null) {
        return answer(last.value(), Source.LAST_GOOD, Math.max(0, now - last.atNanos()));
      }
      if (substitute != null) {
        return answer(substitute.get(), Source.SUBSTITUTE, 0);
      }
      if (failure != null) {
        throw failure;
      }
      return requireNonNull(bad);
    }

    /** The caller has cancelled the call meanwhile. */
    void discard(Answer<T> answer) {
      boolean remembered = lastGood != null || answer.source() == Source.SUBSTITUTE;
      if (!remembered) {
        failover().rules().guarded.discard(1, answer.value());
      }
    }

    private Answer<T> answer(T value, Source source, long ageNanos) {
      if (bad != null) {
        failovers.get(0).rules().guarded.discard(1, bad.value());
      }
      return new Answer<>(value, source, ageNanos, failure);
    }
  }

  /**
   * Builds fallbacks. Not thread-safe.
   *
   * @param <T> what calls result in
   */
  public static final class Builder<T extends @Nullable Object> {
    private final List<Failover> failovers = new ArrayList<>();
    private @Nullable LastGood<T> lastGood;
    private @Nullable Supplier<? extends T> substitute;

    private Builder(Failover failover) {
      failovers.add(requireNonNull(failover, "failover"));
    }

    /** Then asks another failover, such as that of another region; may be given several times. */
    public Builder<T> elsewhere(Failover other) {
      failovers.add(requireNonNull(other, "other"));
      return this;
    }

    /**
     * Then gives the last good answer to a call with the same key.
     *
     * @param key of the fact that the answer depends on, of a type with {@code equals}; the answers
     *     to calls without it are not remembered
     * @param most how many answers are remembered, 1 to 1 000 000; those that are rarely asked for
     *     go first, and that one went is logged once
     * @param longest how old an answer may be, above 0 and at most a day
     * @throws IllegalArgumentException if one is not in its range
     */
    public Builder<T> lastGood(RequestContext.Key<?> key, int most, Duration longest) {
      lastGood = new LastGood<>(requireNonNull(key, "key"), most, longest, () -> forgets(most));
      return this;
    }

    private void forgets(int most) {
      LOG.log(
          WARNING,
          () ->
              failovers.get(0).balancer().name()
                  + ": a last good answer was forgotten, and others will be: most: "
                  + most
                  + " (expected: as many as there are keys)");
    }

    /** Then gives this. */
    public Builder<T> substitute(T value) {
      return substitute(() -> value);
    }

    /** Then gives what this makes; what it throws is thrown to the caller. */
    public Builder<T> substitute(Supplier<? extends T> maker) {
      this.substitute = requireNonNull(maker, "maker");
      return this;
    }

    /**
     * The fallback.
     *
     * @throws IllegalArgumentException if there is nothing to fall back to
     */
    public Fallback<T> build() {
      if (failovers.size() == 1 && lastGood == null && substitute == null) {
        throw new IllegalArgumentException(
            "fallback: nothing (expected: elsewhere, lastGood or substitute)");
      }
      return new Fallback<>(this);
    }
  }
}
