/** Reports of load from servers with servlets. */
module io.evenkeel.lb.servlet {
  requires io.evenkeel.lb;
  requires transitive jakarta.servlet;
  requires static transitive org.jspecify;

  exports io.evenkeel.lb.servlet;
}
