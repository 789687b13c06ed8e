package io.evenkeel.lb.failover.pattern;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** A read for which replicas that are behind a position count as tried. */
final class AtLeast implements RequestContext {
  private final RequestContext caller;
  private final long token;
  private final ToLongFunction<Endpoint> position;

  AtLeast(RequestContext caller, long token, ToLongFunction<Endpoint> position) {
    this.caller = caller;
    this.token = token;
    this.position = position;
  }

  boolean isBehind(Endpoint endpoint) {
    return position.applyAsLong(endpoint) < token;
  }

  @Override
  public boolean tried(Endpoint endpoint) {
    return caller.tried(endpoint) || isBehind(endpoint);
  }

  @Override
  public long affinity() {
    return caller.affinity();
  }

  @Override
  public <T> @Nullable T get(Key<T> key) {
    return caller.get(key);
  }
}
