@NullMarked
package io.evenkeel.lb.spring.cloud;

import org.jspecify.annotations.NullMarked;
