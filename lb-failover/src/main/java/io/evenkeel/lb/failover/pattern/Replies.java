package io.evenkeel.lb.failover.pattern;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of each copy of a {@link Redundant} call, as of the moment when it was complete.
 * Immutable. Results that are to be closed are the caller's to close; those that come later are
 * closed at once.
 *
 * @param <T> what the operation results in
 */
public final class Replies<T extends @Nullable Object> {
  private final List<Reply<T>> all;

  Replies(List<Reply<T>> all) {
    this.all = List.copyOf(all);
  }

  /** All, in the order in which the balancer chose the endpoints. */
  public List<Reply<T>> all() {
    return all;
  }

  /** The successes, in the same order; at least as many as were needed. */
  public List<Reply<T>> successes() {
    return all.stream().filter(Reply::isSuccess).toList();
  }

  /** The result of a success: of the first that came, where one was all that was needed. */
  public T value() {
    return successes().get(0).value();
  }

  @Override
  public String toString() {
    return "Replies" + all;
  }
}
