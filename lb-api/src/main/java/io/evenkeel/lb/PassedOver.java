package io.evenkeel.lb;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request for which nodes that refused to begin it count as tried. */
final class PassedOver implements RequestContext {
  private final RequestContext context;
  private final Set<String> ids = new HashSet<>();

  PassedOver(RequestContext context) {
    this.context = context;
  }

  /** Returns false if the endpoint had been passed over before. */
  boolean add(Endpoint endpoint) {
    return ids.add(endpoint.id());
  }

  @Override
  public long affinity() {
    return context.affinity();
  }

  @Override
  public boolean tried(Endpoint endpoint) {
    return ids.contains(endpoint.id()) || context.tried(endpoint);
  }

  @Override
  public <T> @Nullable T get(Key<T> key) {
    return context.get(key);
  }
}
