/** How settings are checked. Not exported. */
@NullMarked
package io.evenkeel.lb.failover.setting;

import org.jspecify.annotations.NullMarked;
