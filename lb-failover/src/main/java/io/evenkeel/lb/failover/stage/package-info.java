/** How stages are waited for. Not exported. */
@NullMarked
package io.evenkeel.lb.failover.stage;

import org.jspecify.annotations.NullMarked;
