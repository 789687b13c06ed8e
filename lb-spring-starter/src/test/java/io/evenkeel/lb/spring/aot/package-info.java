/** An application that Spring has processed ahead of time, as for a native image. */
@NullMarked
package io.evenkeel.lb.spring.aot;

import org.jspecify.annotations.NullMarked;
