/** Client-side load balancing for OkHttp 5. */
module io.evenkeel.lb.okhttp {
  requires transitive io.evenkeel.lb;
  requires static transitive io.evenkeel.lb.failover;
  requires static transitive io.evenkeel.lb.health;
  requires transitive okhttp3;
  requires static transitive org.jspecify;

  exports io.evenkeel.lb.okhttp;
}
