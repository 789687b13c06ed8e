package io.evenkeel.lb.strategy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
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
 * has one key to ask with. Nor does it write anything, as a rule: Caffeine notes each use in
 * buffers that all threads share and another works off, so it is told of a use only when the last
 * one that it was told of is two seconds ago, and gives each session as much more time.
 */
final class SessionTable {
  private static final ThreadLocal<Session> ASKED = ThreadLocal.withInitial(Asked::new);

  /** Above the second within which Caffeine takes two uses for one. */
  private static final Duration STEP = Duration.ofSeconds(2);

  private static final long STEP_NANOS = STEP.toNanos();

  private final Cache<Session, Place> cache;
  private final Policy<Session, Place> quiet;
  private final ConcurrentMap<Session, Place> places;
  private final Ticker ticker;

  /**
   * @param idle for how long an unused session is remembered, or up to two seconds longer
   * @param full is run once, when a session that is not idle is forgotten for want of room
   */
  SessionTable(int sessions, Duration idle, Ticker ticker, Runnable full) {
    this.ticker = ticker;
    AtomicBoolean told = new AtomicBoolean();
    cache =
        Caffeine.newBuilder()
            .maximumSize(sessions)
            .expireAfterAccess(idle.plus(STEP))
            .ticker(ticker::read)
            .evictionListener(
                (session, place, cause) -> {
                  if (cause == RemovalCause.SIZE && told.compareAndSet(false, true)) {
                    full.run();
                  }
                })
            .build();
    quiet = cache.policy();
    places = cache.asMap();
  }

  /** Where a session is; null if that is not known. It counts as a use. */
  @Nullable String find(long affinity) {
    Session asked = asked(affinity);
    Place place = quiet.getIfPresentQuietly(asked);
    long now = ticker.read();
    if (place != null && now - place.noted >= STEP_NANOS) {
      place.noted = now;
      place = cache.getIfPresent(asked);
    }
    return id(place);
  }

  /** The same, but it is no use. */
  @Nullable String look(long affinity) {
    return id(quiet.getIfPresentQuietly(asked(affinity)));
  }

  private static @Nullable String id(@Nullable Place place) {
    return place == null ? null : place.id;
  }

  /**
   * Moves a session, unless another thread has moved it meanwhile.
   *
   * @param from where it was; null if that was not known
   * @return whether it was moved
   */
  boolean move(long affinity, @Nullable String from, String to) {
    Session session = new Session(affinity);
    Place place = new Place(to, ticker.read());
    return from == null
        ? places.putIfAbsent(session, place) == null
        : places.computeIfPresent(session, (key, now) -> now.id.equals(from) ? place : now)
            == place;
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
  private static class Session {
    private long affinity;

    Session(long affinity) {
      this.affinity = affinity;
    }

    @Override
    public final boolean equals(@Nullable Object other) {
      return other instanceof Session session && session.affinity == affinity;
    }

    @Override
    public final int hashCode() {
      return Long.hashCode(affinity);
    }
  }

  /** Written for each request; not on one cache line with that of another thread. */
  @SuppressWarnings("unused")
  private static final class Asked extends Session {
    private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;

    Asked() {
      super(0);
    }
  }

  /** The id of an endpoint, and when a use of it was last noted. */
  private static final class Place {
    private final String id;
    private volatile long noted;

    Place(String id, long noted) {
      this.id = id;
      this.noted = noted;
    }
  }
}
