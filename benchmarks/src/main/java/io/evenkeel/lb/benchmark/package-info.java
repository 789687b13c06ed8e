/**
 * What a choice and its accounting cost, measured with JMH beside the least that they could cost.
 */
@NullMarked
package io.evenkeel.lb.benchmark;

import org.jspecify.annotations.NullMarked;
