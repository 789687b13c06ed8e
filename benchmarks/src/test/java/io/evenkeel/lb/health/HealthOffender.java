package io.evenkeel.lb.health;

import io.evenkeel.lb.failover.FailoverOffender;

/** Knows of a neighbour. */
public final class HealthOffender {
  final Class<?> neighbour = FailoverOffender.class;
}
