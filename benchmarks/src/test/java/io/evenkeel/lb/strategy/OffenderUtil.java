package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.spring.StarterOffender;

/** Has a name that says nothing, and knows of modules that it must not know of. */
public final class OffenderUtil {
  final Endpoint endpoint = Endpoint.of("a", 1);
  final Class<?> starter = StarterOffender.class;
}
