package io.evenkeel.lb.strategy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.evenkeel.lb.Ticker;
import java.time.Duration;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoint each session is on, by the endpoint's id, so that nodes may come and go. Bounded;
 * a session that is idle for long enough is forgotten. Thread-safe.
 *
 * <p>A look-up allocates nothing. The table keeps no key that it is only asked for, so each thread
 * has one key to ask with.
 */
final class SessionTable {
  private static final ThreadLocal<Session> ASKED = ThreadLocal.withInitial(() -> new Session(0));

  private final Cache<Session, String> cache;
  private final ConcurrentMap<Session, String> places;

  /**
   * @param full is run once, when a session that is not idle is forgotten for want of room
   */
  SessionTable(int sessions, Duration idle, Ticker ticker, Runnable full) {
    AtomicBoolean told = new AtomicBoolean();
    cache =
        Caffeine.newBuilder()
            .maximumSize(sessions)
            .expireAfterAccess(idle)
            .ticker(ticker::read)
            .evictionListener(
                (session, place, cause) -> {
                  if (cause == RemovalCause.SIZE && told.compareAndSet(false, true)) {
                    full.run();
                  }
                })
            .build();
    places = cache.asMap();
  }

  /** Where a session is; null if that is not known. It counts as a use. */
  @Nullable String find(long affinity) {
    return cache.getIfPresent(asked(affinity));
  }

  /** The same, but it is no use. */
  @Nullable String look(long affinity) {
    return cache.policy().getIfPresentQuietly(asked(affinity));
  }

  /**
   * Moves a session, unless another thread has moved it meanwhile.
   *
   * @param from where it was; null if that was not known
   * @return whether it was moved
   */
  boolean move(long affinity, @Nullable String from, String to) {
    Session session = new Session(affinity);
    return from == null
        ? places.putIfAbsent(session, to) == null
        : places.replace(session, from, to);
  }

  private static Session asked(long affinity) {
    Session session = ASKED.get();
    session.affinity = affinity;
    return session;
  }

  @Override
  public String toString() {
    return "SessionTable[about " + cache.estimatedSize() + "]";
  }

  /** Never changed once it is in the table. */
  private static final class Session {
    private long affinity;

    Session(long affinity) {
      this.affinity = affinity;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Session session && session.affinity == affinity;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(affinity);
    }
  }
}
