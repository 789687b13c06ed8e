/** Which endpoints are fit: active probes, what the traffic shows, heartbeats, operators. */
module io.evenkeel.lb.health {
  requires transitive io.evenkeel.lb;
  requires static transitive org.jspecify;

  exports io.evenkeel.lb.health;
  exports io.evenkeel.lb.health.detect;
  exports io.evenkeel.lb.health.probe;
}
