package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.HealthPolicy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What all scenarios have in common. */
final class Faults {
  static final int SERVERS = 5;
  static final Duration SERVICE_TIME = Duration.ofMillis(10);
  static final Duration ATTEMPT_TIMEOUT = Duration.ofMillis(250);

  /** Until when a server that is back must have its share; with a slow start, 15 s. */
  static final Duration RETURN = Duration.ofSeconds(5);

  private Faults() {}

  /** How endpoints are judged; null while nobody judges. */
  static @Nullable HealthPolicy health() {
    return null;
  }
}
