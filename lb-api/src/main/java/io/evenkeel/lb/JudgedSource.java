package io.evenkeel.lb;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Flow;
import java.util.function.Function;

/** A source whose endpoints are judged by another policy than its own. */
record JudgedSource(EndpointSource source, Function<? super Endpoint, AddressPolicy> policy)
    implements EndpointSource {
  JudgedSource {
    requireNonNull(policy, "addresses");
  }

  /** The same of all endpoints. */
  record Always(AddressPolicy policy) implements Function<Endpoint, AddressPolicy> {
    Always {
      requireNonNull(policy, "addresses");
    }

    @Override
    public AddressPolicy apply(Endpoint endpoint) {
      return policy;
    }

    @Override
    public String toString() {
      return policy.toString();
    }
  }

  @Override
  public AddressPolicy addresses(Endpoint endpoint) {
    return policy.apply(endpoint);
  }

  @Override
  public Flow.Publisher<EndpointSet> snapshots() {
    return source.snapshots();
  }

  @Override
  public EndpointSource withAddresses(Function<? super Endpoint, AddressPolicy> other) {
    return source.withAddresses(other);
  }

  @Override
  public String toString() {
    return source + " with addresses " + policy;
  }
}
