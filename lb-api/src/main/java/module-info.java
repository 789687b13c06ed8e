/** Endpoints, balancers, and the engine that joins them. */
module io.evenkeel.lb {
  requires static transitive org.jspecify;

  exports io.evenkeel.lb;
  exports io.evenkeel.lb.http;
  exports io.evenkeel.lb.report;
  exports io.evenkeel.lb.source;

  uses io.evenkeel.lb.Strategy;
}
