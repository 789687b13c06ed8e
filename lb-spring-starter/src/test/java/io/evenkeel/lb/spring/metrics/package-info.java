@org.jspecify.annotations.NullMarked
package io.evenkeel.lb.spring.metrics;
