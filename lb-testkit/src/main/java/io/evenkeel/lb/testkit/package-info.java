/** Virtual time and contract tests for whoever implements or uses an SPI of the balancer. */
@NullMarked
package io.evenkeel.lb.testkit;

import org.jspecify.annotations.NullMarked;
