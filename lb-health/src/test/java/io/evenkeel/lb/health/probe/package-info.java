@NullMarked
package io.evenkeel.lb.health.probe;

import org.jspecify.annotations.NullMarked;
