package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNullElse;

import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.health.detect.FailuresInARow;
import io.evenkeel.lb.health.probe.ActiveProbe;
import io.evenkeel.lb.health.probe.HealthProbe;
import io.evenkeel.lb.health.probe.TcpProbe;
import io.evenkeel.lb.spring.HealthProperties.Check;
import io.evenkeel.lb.spring.HealthProperties.Ejection;
import io.evenkeel.lb.spring.HealthProperties.FailureRatio;
import io.evenkeel.lb.spring.HealthProperties.Latency;
import io.evenkeel.lb.spring.HealthProperties.SuccessRate;
import java.time.Duration;
import java.util.function.Consumer;
import org.springframework.util.ClassUtils;

/** Makes {@link Health} of settings. */
final class Judges {
  static final String HTTP_PROBE = "io.evenkeel.lb.okhttp.OkHttpHealthProbe";

  private final HealthRegistry registry;
  private final ClassLoader loader;

  /**
   * @param registry where all endpoints are shown
   * @param loader of the application, which has optional libraries or not
   */
  Judges(HealthRegistry registry, ClassLoader loader) {
    this.registry = registry;
    this.loader = loader;
  }

  /**
   * The health of a service.
   *
   * @param onClose is given what is to be closed after the balancer
   * @throws SettingException if a setting is refused
   */
  Health of(Layer<HealthProperties> settings, Consumer<AutoCloseable> onClose) {
    HealthProperties said = settings.said();
    Health.Builder health = Health.builder().registry(registry);
    settings.set(
        "refusalsInARow",
        requireNonNullElse(said.refusalsInARow(), 2),
        least -> {
          if (least != 0) {
            health.detector(FailuresInARow.toConnect(least));
          }
        });
    settings.set(
        "failuresInARow",
        requireNonNullElse(said.failuresInARow(), 5),
        least -> {
          if (least != 0) {
            health.detector(FailuresInARow.of(least));
          }
        });
    failureRatio(settings.in("failureRatio", FailureRatio.class), health);
    successRate(settings.in("successRate", SuccessRate.class), health);
    latency(settings.in("latency", Latency.class), health);
    ejection(settings.in("ejection", Ejection.class), health);
    settings.set("ramp", said.ramp(), health::ramp);
    settings.set("maxEjectedShare", said.maxEjectedShare(), health::maxEjectedShare);
    check(settings.in("check", Check.class), health, onClose);
    return health.build();
  }

  private static void failureRatio(Layer<FailureRatio> settings, Health.Builder health) {
    FailureRatio said = settings.said();
    if (requireNonNullElse(said.enabled(), true)) {
      double threshold = requireNonNullElse(said.threshold(), 0.1);
      int volume = requireNonNullElse(said.volume(), 5);
      health.detector(
          settings.make(() -> io.evenkeel.lb.health.detect.FailureRatio.of(threshold, volume)));
    }
  }

  private static void successRate(Layer<SuccessRate> settings, Health.Builder health) {
    SuccessRate said = settings.said();
    if (requireNonNullElse(said.enabled(), true)) {
      double deviations = requireNonNullElse(said.deviations(), 1.9);
      int nodes = requireNonNullElse(said.nodes(), 5);
      int volume = requireNonNullElse(said.volume(), 100);
      health.detector(
          settings.make(
              () -> io.evenkeel.lb.health.detect.SuccessRate.of(deviations, nodes, volume)));
    }
  }

  private static void latency(Layer<Latency> settings, Health.Builder health) {
    Latency said = settings.said();
    if (requireNonNullElse(said.enabled(), true)) {
      double factor = requireNonNullElse(said.factor(), 10.0);
      Duration floor = requireNonNullElse(said.floor(), Duration.ofMillis(500));
      health.detector(settings.make(() -> io.evenkeel.lb.health.detect.Latency.of(factor, floor)));
    }
  }

  private static void ejection(Layer<Ejection> settings, Health.Builder health) {
    Ejection said = settings.said();
    Duration base = requireNonNullElse(said.base(), Duration.ofSeconds(30));
    Duration cap = requireNonNullElse(said.cap(), Duration.ofMinutes(5));
    settings.make(() -> health.ejection(base, cap));
  }

  private void check(
      Layer<Check> settings, Health.Builder health, Consumer<AutoCloseable> onClose) {
    Check said = settings.said();
    Check.Type type = requireNonNullElse(said.type(), Check.Type.NONE);
    if (type == Check.Type.NONE) {
      return;
    }
    HealthProbe probe = type == Check.Type.TCP ? TcpProbe.of() : http(settings, onClose);
    ActiveProbe.Builder check = ActiveProbe.builder(probe);
    settings.set("interval", said.interval(), check::interval);
    settings.set("timeout", said.timeout(), check::timeout);
    settings.set("rise", said.rise(), check::rise);
    settings.set("fall", said.fall(), check::fall);
    if (requireNonNullElse(said.initiallyDown(), false)) {
      check.initiallyDown();
    }
    health.check(settings.make(check::build));
  }

  private HealthProbe http(Layer<Check> settings, Consumer<AutoCloseable> onClose) {
    if (!ClassUtils.isPresent(HTTP_PROBE, loader)) {
      throw SettingException.of(
          settings.name("type"),
          "http",
          "io.evenkeel:lb-okhttp on the class path",
          "Add the dependency io.evenkeel:lb-okhttp, or set the type to tcp.");
    }
    return HttpProbes.of(settings, onClose);
  }
}
