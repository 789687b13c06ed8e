package io.evenkeel.lb;

/** The request of which nothing is known. */
enum NoContext implements RequestContext {
  INSTANCE
}
