package io.evenkeel.lb.health;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What people have ordered of an endpoint.
 *
 * @param command whether it is to be used; null if nothing was said of that
 * @param share with how much of its weight, from 0 to 1
 * @param order who, why and for how long
 * @param untilNanos when it is void, by the registry's ticker; means nothing if it never is
 */
record Standing(@Nullable Command command, double share, Order order, long untilNanos) {
  /** Whether an endpoint is to be used. */
  enum Command {
    UP,
    DOWN,
    DISABLED,
    DRAINING
  }

  boolean isOver(long nowNanos) {
    return order.limit().isPresent() && nowNanos - untilNanos >= 0;
  }

  static Standing of(@Nullable Command command, double share, Order order, long nowNanos) {
    long limit = order.limit().map(Duration::toNanos).orElse(0L);
    return new Standing(command, share, order, nowNanos + limit);
  }
}
