package io.evenkeel.lb.benchmark.boot.shop;

import org.jspecify.annotations.Nullable;
import org.springframework.web.client.RestClient;

/** Asks the service {@code orders}. Thread-safe. */
record Orders(RestClient client) {
  /** A GET, whose failures are exceptions. */
  @Nullable String order(long number) {
    return client.get().uri("http://orders/{number}", number).retrieve().body(String.class);
  }
}
