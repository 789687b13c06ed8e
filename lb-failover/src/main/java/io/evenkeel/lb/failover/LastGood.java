package io.evenkeel.lb.failover;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.setting.Expect;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The last good answers, by keys. Thread-safe. */
final class LastGood<T extends @Nullable Object> {
  private final RequestContext.Key<?> key;
  private final Duration longest;
  private final Cache<Object, Stamped<T>> answers;

  /** An answer, and when it was given, by the failover's clock. */
  record Stamped<T extends @Nullable Object>(T value, long atNanos) {}

  /**
   * @param full is run once, when an answer is forgotten since there are more than {@code most}
   */
  LastGood(RequestContext.Key<?> key, int most, Duration longest, Runnable full) {
    this.key = key;
    this.longest = Expect.positive("longest", longest);
    AtomicBoolean told = new AtomicBoolean();
    this.answers =
        Caffeine.newBuilder()
            .maximumSize(Expect.within("most", most, 1, 1_000_000))
            // For want of room alone: what is too old stays until it is replaced.
            .evictionListener(
                (about, answer, cause) -> {
                  if (told.compareAndSet(false, true)) {
                    full.run();
                  }
                })
            .build();
  }

  void put(RequestContext context, T value, long nowNanos) {
    Object about = context.get(key);
    if (about != null) {
      answers.put(about, new Stamped<>(value, nowNanos));
    }
  }

  @Nullable Stamped<T> get(RequestContext context, long nowNanos) {
    Object about = context.get(key);
    Stamped<T> last = about == null ? null : answers.getIfPresent(about);
    return last != null && nowNanos - last.atNanos <= longest.toNanos() ? last : null;
  }

  @Override
  public String toString() {
    return "at most " + longest + " old";
  }
}
