/** Checks that ask endpoints, or that endpoints report to, apart from the traffic. */
@NullMarked
package io.evenkeel.lb.health.probe;

import org.jspecify.annotations.NullMarked;
