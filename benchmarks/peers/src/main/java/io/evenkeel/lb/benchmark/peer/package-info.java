/** The balancers of other libraries, through their own public API. */
@NullMarked
package io.evenkeel.lb.benchmark.peer;

import org.jspecify.annotations.NullMarked;
