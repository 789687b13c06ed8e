package io.evenkeel.lb.failover;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.setting.Expect;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Failover} may know of one call. Immutable and thread-safe; one that fits many calls
 * may be shared by them.
 *
 * <p>It is a convenience: any other {@link RequestContext} that has facts under {@link #IDEMPOTENT}
 * and {@link #TIME_LIMIT} does as well.
 */
public final class CallContext implements RequestContext {
  /**
   * Whether the call may be processed more than once without harm, as a GET may. Calls that do not
   * say so are repeated only if they were surely not processed.
   */
  public static final Key<Boolean> IDEMPOTENT = Key.of("idempotent", Boolean.class);

  /** How long the whole call may take from now on, if that is less than the Failover's deadline. */
  public static final Key<Duration> TIME_LIMIT = Key.of("time limit", Duration.class);

  private static final CallContext REPEATABLE = of(RequestContext.none()).idempotent(true);
  private static final CallContext ONCE = of(RequestContext.none()).idempotent(false);

  private final RequestContext outer;
  private final Map<Key<?>, Object> facts;

  private CallContext(RequestContext outer, Map<Key<?>, Object> facts) {
    this.outer = requireNonNull(outer, "outer");
    this.facts = facts;
  }

  /** A call that may be processed more than once without harm. */
  public static CallContext idempotent() {
    return REPEATABLE;
  }

  /** A call that must not be processed twice. */
  public static CallContext once() {
    return ONCE;
  }

  /** A call with the affinity and the facts of another context. */
  public static CallContext of(RequestContext outer) {
    return new CallContext(outer, Map.of());
  }

  /** The same, with {@link #IDEMPOTENT}. */
  public CallContext idempotent(boolean idempotent) {
    return with(IDEMPOTENT, idempotent);
  }

  /**
   * The same, with a {@link #TIME_LIMIT}.
   *
   * @throws IllegalArgumentException unless it is above 0
   */
  public CallContext timeLimit(Duration limit) {
    return with(TIME_LIMIT, Expect.positive("timeLimit", limit));
  }

  /** The same, with a fact, in place of the one that it may have had under this key. */
  public <T> CallContext with(Key<T> key, T fact) {
    Map<Key<?>, Object> all = new java.util.HashMap<>(facts);
    all.put(key, key.cast(requireNonNull(fact, "fact")));
    return new CallContext(outer, Map.copyOf(all));
  }

  /**
   * How long a call may take: its {@link #TIME_LIMIT}, but no longer than others may. For adapters.
   */
  public static long limitNanos(RequestContext call, long mostNanos) {
    Duration own = call.get(TIME_LIMIT);
    if (own == null || own.compareTo(Duration.ofNanos(mostNanos)) > 0) {
      return mostNanos;
    }
    return own.isNegative() ? 0 : own.toNanos();
  }

  @Override
  public long affinity() {
    return outer.affinity();
  }

  @Override
  public boolean tried(io.evenkeel.lb.Endpoint endpoint) {
    return outer.tried(endpoint);
  }

  @Override
  public <T> @Nullable T get(Key<T> key) {
    Object fact = facts.get(key);
    return fact == null ? outer.get(key) : key.cast(fact);
  }

  @Override
  public String toString() {
    return "CallContext" + facts;
  }
}
