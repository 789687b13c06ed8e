package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.health.probe.ActiveProbe;
import io.evenkeel.lb.okhttp.OkHttpHealthProbe;
import java.time.Duration;
import okhttp3.OkHttpClient;

/** What all scenarios have in common. */
final class Faults {
  static final int SERVERS = 5;
  static final Duration SERVICE_TIME = Duration.ofMillis(10);
  static final Duration ATTEMPT_TIMEOUT = Duration.ofMillis(250);

  /** Of calls with retries. */
  static final Duration DEADLINE = Duration.ofSeconds(1);

  /** Until when a server that is back must have its share: with a slow start of ten seconds. */
  static final Duration RETURN = Duration.ofSeconds(15);

  private static final Health HEALTH =
      Health.builder()
          .recommendedDetectors()
          .check(ActiveProbe.of(OkHttpHealthProbe.of(new OkHttpClient(), "/health")))
          .build();

  private Faults() {}

  /** By traffic and by probes of the health path. */
  static HealthPolicy health() {
    return HEALTH;
  }
}
