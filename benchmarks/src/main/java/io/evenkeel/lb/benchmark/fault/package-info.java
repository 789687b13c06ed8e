/** Real faults, and how much of them requests get to see. */
@NullMarked
package io.evenkeel.lb.benchmark.fault;

import org.jspecify.annotations.NullMarked;
