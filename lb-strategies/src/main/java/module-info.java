/** Balancing strategies and load metrics. */
module io.evenkeel.lb.strategy {
  requires transitive io.evenkeel.lb;
  requires com.github.benmanes.caffeine;
  requires static transitive org.jspecify;

  exports io.evenkeel.lb.load;
  exports io.evenkeel.lb.strategy;

  provides io.evenkeel.lb.Strategy with
      io.evenkeel.lb.strategy.IdleFirst;
}
