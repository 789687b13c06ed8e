/** How settings are checked. Not exported. */
@NullMarked
package io.evenkeel.lb.health.setting;

import org.jspecify.annotations.NullMarked;
