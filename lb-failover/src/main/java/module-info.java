/** Requests that succeed while endpoints do not: deadlines, retries, hedges, breakers, limits. */
module io.evenkeel.lb.failover {
  requires transitive io.evenkeel.lb;
  requires com.github.benmanes.caffeine;
  requires transitive io.github.resilience4j.bulkhead;
  requires transitive io.github.resilience4j.circuitbreaker;
  requires transitive io.github.resilience4j.core;
  requires transitive io.github.resilience4j.ratelimiter;
  requires transitive io.github.resilience4j.retry;
  requires static jsr305;
  requires static transitive org.jspecify;

  exports io.evenkeel.lb.failover;
  exports io.evenkeel.lb.failover.gate;
  exports io.evenkeel.lb.failover.pattern;
}
