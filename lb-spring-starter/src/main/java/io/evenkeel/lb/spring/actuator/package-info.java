/**
 * The actuator endpoint {@code loadbalancers} and its live page: what balancers and failovers do
 * now, and orders about endpoints.
 */
@NullMarked
package io.evenkeel.lb.spring.actuator;

import org.jspecify.annotations.NullMarked;
