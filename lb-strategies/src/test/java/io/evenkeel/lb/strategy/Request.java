package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import java.util.HashSet;
import java.util.Set;

/** A request of which a test says what it belongs to, and which endpoints it has tried. */
final class Request implements RequestContext {
  /** The ids of the endpoints. */
  final Set<String> tried = new HashSet<>();

  long affinity;

  static Request of(long affinity) {
    Request request = new Request();
    request.affinity = affinity;
    return request;
  }

  static Request retry(Endpoint... endpoints) {
    Request request = new Request();
    for (Endpoint endpoint : endpoints) {
      request.tried.add(endpoint.id());
    }
    return request;
  }

  @Override
  public long affinity() {
    return affinity;
  }

  @Override
  public boolean tried(Endpoint endpoint) {
    return tried.contains(endpoint.id());
  }
}
