/**
 * Spring Boot auto-configuration of balancers and of the clients that call through them. What is
 * set is listed by {@link io.evenkeel.lb.spring.EvenkeelAutoConfiguration}; code that needs a
 * balancer itself has it from {@link io.evenkeel.lb.spring.LoadBalancers}.
 */
@NullMarked
package io.evenkeel.lb.spring;

import org.jspecify.annotations.NullMarked;
