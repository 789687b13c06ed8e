package io.evenkeel.lb.failover;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.setting.Expect;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The last good answers, by keys. Thread-safe. */
final class LastGood<T extends @Nullable Object> {
  private final RequestContext.Key<?> key;
  private final Duration longest;
  private final Cache<Object, Stamped<T>> answers;

  /** An answer, and when it was given, by the failover's clock. */
  record Stamped<T extends @Nullable Object>(T value, long atNanos) {}

  LastGood(RequestContext.Key<?> key, int most, Duration longest) {
    this.key = key;
    this.longest = Expect.positive("longest", longest);
    this.answers =
        Caffeine.newBuilder().maximumSize(Expect.within("most", most, 1, 1_000_000)).build();
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
