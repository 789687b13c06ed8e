package io.evenkeel.lb.failover.pattern;

import io.evenkeel.lb.RequestContext;

/** A request for a key. */
record Keyed(long affinity) implements RequestContext {}
