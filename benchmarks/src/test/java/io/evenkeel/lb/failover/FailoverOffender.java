package io.evenkeel.lb.failover;

import io.evenkeel.lb.health.HealthOffender;

/** Knows of a neighbour. */
public final class FailoverOffender {
  final Class<?> neighbour = HealthOffender.class;
}
