package io.evenkeel.lb.failover.pattern;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request of which each copy goes to another endpoint. */
final class Spread implements RequestContext {
  private final RequestContext caller;
  private final Set<String> ids = new HashSet<>();

  Spread(RequestContext caller) {
    this.caller = caller;
  }

  /** Returns false if a copy goes there already. */
  boolean add(Endpoint endpoint) {
    return ids.add(endpoint.id());
  }

  @Override
  public long affinity() {
    return caller.affinity();
  }

  @Override
  public boolean tried(Endpoint endpoint) {
    return ids.contains(endpoint.id()) || caller.tried(endpoint);
  }

  @Override
  public <T> @Nullable T get(Key<T> key) {
    return caller.get(key);
  }
}
