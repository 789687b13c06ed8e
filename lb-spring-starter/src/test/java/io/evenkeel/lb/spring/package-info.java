@NullMarked
package io.evenkeel.lb.spring;

import org.jspecify.annotations.NullMarked;
