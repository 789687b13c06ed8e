@NullMarked
package io.evenkeel.lb.spring.actuator;

import org.jspecify.annotations.NullMarked;
