package io.evenkeel.lb;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Flow;

/** A source whose endpoints are judged by another policy than its own. */
record JudgedSource(EndpointSource source, AddressPolicy addresses) implements EndpointSource {
  JudgedSource {
    requireNonNull(addresses, "addresses");
  }

  @Override
  public Flow.Publisher<EndpointSet> snapshots() {
    return source.snapshots();
  }

  @Override
  public EndpointSource withAddresses(AddressPolicy other) {
    return source.withAddresses(other);
  }

  @Override
  public String toString() {
    return source + " with addresses " + addresses;
  }
}
