package io.evenkeel.lb.testkit;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import java.util.HashSet;
import java.util.Set;

/** A request that has tried the endpoints of some ids. */
final class Tried implements RequestContext {
  final Set<String> ids = new HashSet<>();

  @Override
  public boolean tried(Endpoint endpoint) {
    return ids.contains(endpoint.id());
  }
}
