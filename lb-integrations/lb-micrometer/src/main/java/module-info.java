/** Meters of balancers, endpoints and failovers, and an observation of each call. */
module io.evenkeel.lb.micrometer {
  requires transitive io.evenkeel.lb;
  requires static transitive io.evenkeel.lb.failover;
  requires static transitive io.evenkeel.lb.health;
  requires static jsr305;
  requires transitive micrometer.commons;
  requires transitive micrometer.core;
  requires transitive micrometer.observation;
  requires static transitive org.jspecify;

  exports io.evenkeel.lb.micrometer;
}
