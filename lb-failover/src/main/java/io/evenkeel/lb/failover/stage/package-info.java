/** How stages are waited for, and passed on. Not exported. */
@NullMarked
package io.evenkeel.lb.failover.stage;

import org.jspecify.annotations.NullMarked;
