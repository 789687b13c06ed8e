/** Evenkeel as the balancer of Spring Cloud LoadBalancer. */
@NullMarked
package io.evenkeel.lb.spring.cloud;

import org.jspecify.annotations.NullMarked;
