package io.evenkeel.lb.failover.pattern;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;

/** What stands in where no balancer is to be asked: it knows how to refuse requests. */
final class Nobody {
  private Nobody() {}

  static Balancer balancer(String name, Ticker ticker, Scheduler scheduler) {
    return Balancer.builder(name)
        .source(EndpointSource.of(EndpointSet.none()))
        .strategy((nodes, previous) -> context -> null)
        .ticker(ticker)
        .scheduler(scheduler)
        .build();
  }
}
