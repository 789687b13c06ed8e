/** Health checks against real parts: processes, networks, nginx and HAProxy. */
@NullMarked
package io.evenkeel.lb.okhttp.health;

import org.jspecify.annotations.NullMarked;
