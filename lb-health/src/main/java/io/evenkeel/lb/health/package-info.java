/** Which endpoints are fit to be used, and how they come back. */
@NullMarked
package io.evenkeel.lb.health;

import org.jspecify.annotations.NullMarked;
