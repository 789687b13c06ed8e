package io.evenkeel.lb.spring;

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
    Health.Builder health = Health.builder().registry(registry);
    runs(settings, health);
    ratios(settings, health);
    Layer<Ejection> ejection = settings.in("ejection", HealthProperties::ejection);
    Duration base = ejection.value(Ejection::base, Duration.ofSeconds(30));
    Duration cap = ejection.value(Ejection::cap, Duration.ofMinutes(5));
    ejection.make(() -> health.ejection(base, cap));
    settings.set("ramp", HealthProperties::ramp, health::ramp);
    settings.set("max-ejected-share", HealthProperties::maxEjectedShare, health::maxEjectedShare);
    check(settings.in("check", HealthProperties::check), health, onClose);
    return health.build();
  }

  private static void runs(Layer<HealthProperties> settings, Health.Builder health) {
    if (settings.value(HealthProperties::refusalsInARow) == null) {
      health.detector(FailuresInARow.toConnect(2));
    }
    settings.set(
        "refusals-in-a-row",
        HealthProperties::refusalsInARow,
        least -> {
          if (least != 0) {
            health.detector(FailuresInARow.toConnect(least));
          }
        });
    if (settings.value(HealthProperties::failuresInARow) == null) {
      health.detector(FailuresInARow.of(5));
    }
    settings.set(
        "failures-in-a-row",
        HealthProperties::failuresInARow,
        least -> {
          if (least != 0) {
            health.detector(FailuresInARow.of(least));
          }
        });
  }

  private static void ratios(Layer<HealthProperties> settings, Health.Builder health) {
    Layer<FailureRatio> ratio = settings.in("failure-ratio", HealthProperties::failureRatio);
    if (ratio.value(FailureRatio::enabled, true)) {
      double threshold = ratio.value(FailureRatio::threshold, 0.1);
      int volume = ratio.value(FailureRatio::volume, 5);
      health.detector(
          ratio.make(() -> io.evenkeel.lb.health.detect.FailureRatio.of(threshold, volume)));
    }
    Layer<SuccessRate> success = settings.in("success-rate", HealthProperties::successRate);
    if (success.value(SuccessRate::enabled, true)) {
      double deviations = success.value(SuccessRate::deviations, 1.9);
      int nodes = success.value(SuccessRate::nodes, 5);
      int volume = success.value(SuccessRate::volume, 100);
      health.detector(
          success.make(
              () -> io.evenkeel.lb.health.detect.SuccessRate.of(deviations, nodes, volume)));
    }
    Layer<Latency> latency = settings.in("latency", HealthProperties::latency);
    if (latency.value(Latency::enabled, true)) {
      double factor = latency.value(Latency::factor, 10.0);
      Duration floor = latency.value(Latency::floor, Duration.ofMillis(500));
      health.detector(latency.make(() -> io.evenkeel.lb.health.detect.Latency.of(factor, floor)));
    }
  }

  private void check(
      Layer<Check> settings, Health.Builder health, Consumer<AutoCloseable> onClose) {
    Check.Type type = settings.value(Check::type, Check.Type.NONE);
    if (type == Check.Type.NONE) {
      return;
    }
    HealthProbe probe = type == Check.Type.TCP ? TcpProbe.of() : http(settings, onClose);
    ActiveProbe.Builder check = ActiveProbe.builder(probe);
    settings.set("interval", Check::interval, check::interval);
    settings.set("timeout", Check::timeout, check::timeout);
    settings.set("rise", Check::rise, check::rise);
    settings.set("fall", Check::fall, check::fall);
    if (settings.value(Check::initiallyDown, false)) {
      check.initiallyDown();
    }
    health.check(settings.make(check::build));
  }

  private HealthProbe http(Layer<Check> settings, Consumer<AutoCloseable> onClose) {
    if (!ClassUtils.isPresent(HTTP_PROBE, loader)) {
      throw SettingException.of(
          settings.name("type", Check::type),
          "http",
          "io.evenkeel:lb-okhttp on the class path",
          "Add the dependency io.evenkeel:lb-okhttp, or set the type to tcp.");
    }
    return HttpProbes.of(settings, onClose);
  }
}
