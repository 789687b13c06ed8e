/** Meters of balancers, endpoints and failovers, and an observation of each call. */
@NullMarked
package io.evenkeel.lb.micrometer;

import org.jspecify.annotations.NullMarked;
