/** Meters and observations of an application's balancers and failovers. */
@NullMarked
package io.evenkeel.lb.spring.metrics;

import org.jspecify.annotations.NullMarked;
