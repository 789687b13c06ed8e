package io.evenkeel.lb;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * What a strategy may know of the request that it chooses for. An adapter implements this on the
 * per-call object that it has anyway, so that a choice allocates nothing.
 *
 * <p>Only the thread that chooses reads a context; it need not be thread-safe. The methods are on
 * the request path: they must be quick and must not block.
 */
public interface RequestContext {
  /**
   * The hash of what ties related requests to one endpoint, such as a session or an account; 0 when
   * nothing does. Strategies that do not hash ignore it.
   */
  default long affinity() {
    return 0;
  }

  /**
   * Whether an earlier attempt of this request went to the endpoint. Such an endpoint is chosen
   * again only when no other can be used.
   */
  default boolean tried(Endpoint endpoint) {
    return false;
  }

  /** A fact of the request, or null where it has none under this key. */
  default <T> @Nullable T get(Key<T> key) {
    return null;
  }

  /** A request of which nothing is known. */
  static RequestContext none() {
    return NoContext.INSTANCE;
  }

  /**
   * Names a fact of a request. Equal only to itself: hold it in a constant that both sides share.
   *
   * @param <T> the type of the fact
   */
  final class Key<T> {
    private final String name;
    private final Class<T> type;

    private Key(String name, Class<T> type) {
      this.name = requireNonNull(name, "name");
      this.type = requireNonNull(type, "type");
    }

    /** A new key; the name is for people. */
    public static <T> Key<T> of(String name, Class<T> type) {
      return new Key<>(name, type);
    }

    /**
     * The value as a fact under this key, for contexts that keep facts of all types in one place.
     *
     * @throws ClassCastException if it is of another type
     */
    public T cast(Object value) {
      return type.cast(value);
    }

    @Override
    public String toString() {
      return name;
    }
  }
}
