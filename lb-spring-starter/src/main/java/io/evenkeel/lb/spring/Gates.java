package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNullElse;

import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.failover.gate.AdaptiveLimits;
import io.evenkeel.lb.failover.gate.Breakers;
import io.evenkeel.lb.failover.gate.Bulkheads;
import io.evenkeel.lb.failover.gate.Gradient2;
import io.evenkeel.lb.failover.gate.Vegas;
import io.evenkeel.lb.spring.FailoverProperties.Breaker;
import io.evenkeel.lb.spring.FailoverProperties.Bulkhead;
import io.evenkeel.lb.spring.FailoverProperties.Limits;
import io.evenkeel.lb.spring.Registries.Named;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Makes of settings what stands before each endpoint: by default nothing. */
final class Gates {
  private Gates() {}

  /**
   * In the order in which they are asked: what gives out permits comes last.
   *
   * @throws SettingException if a setting is refused
   */
  static List<HealthPolicy> of(Layer<FailoverProperties> settings, Registries registries) {
    List<HealthPolicy> gates = new ArrayList<>();
    Layer<Limits> limits = settings.in("limits", FailoverProperties::limits);
    if (limits.value(Limits::enabled, limits.isSet())) {
      gates.add(limits(limits));
    }
    Named<CircuitBreakerConfig> like = registries.breaker(settings);
    Layer<Breaker> breaker = like.overriding().in("breaker", FailoverProperties::breaker);
    if (breaker.value(Breaker::enabled, breaker.isSet() || like.found() != null)) {
      gates.add(breakers(requireNonNullElse(like.found(), Breakers.recommended()), breaker));
    }
    Named<BulkheadConfig> named = registries.bulkhead(settings);
    Layer<Bulkhead> bulkhead = named.overriding().in("bulkhead", FailoverProperties::bulkhead);
    named.use(config -> gates.add(bulkheads(config, bulkhead)));
    if (named.found() == null && bulkhead.value(Bulkhead::maxConcurrentCalls) != null) {
      gates.add(bulkheads(BulkheadConfig.ofDefaults(), bulkhead));
    }
    return gates;
  }

  private static AdaptiveLimits limits(Layer<Limits> settings) {
    boolean vegas =
        settings.value(Limits::algorithm, Limits.Algorithm.GRADIENT2) == Limits.Algorithm.VEGAS;
    int least = settings.value(Limits::least, vegas ? 1 : 20);
    int most = settings.value(Limits::most, vegas ? 1000 : 200);
    return settings.make(
        () -> AdaptiveLimits.of(vegas ? Vegas.of(least, most) : Gradient2.of(least, most)));
  }

  private static Bulkheads bulkheads(BulkheadConfig like, Layer<Bulkhead> settings) {
    BulkheadConfig.Builder config = BulkheadConfig.from(like);
    settings.set("max-concurrent-calls", Bulkhead::maxConcurrentCalls, config::maxConcurrentCalls);
    return Bulkheads.of(config.build());
  }

  private static Breakers breakers(CircuitBreakerConfig like, Layer<Breaker> settings) {
    CircuitBreakerConfig.Builder config = CircuitBreakerConfig.from(like);
    settings.set("failure-rate", Breaker::failureRate, config::failureRateThreshold);
    settings.set("window", Breaker::window, config::slidingWindowSize);
    settings.set("minimum-calls", Breaker::minimumCalls, config::minimumNumberOfCalls);
    settings.set("trials", Breaker::trials, config::permittedNumberOfCallsInHalfOpenState);
    if (settings.value(Breaker::openFor) != null || settings.value(Breaker::longestOpen) != null) {
      Duration openFor = settings.value(Breaker::openFor, Duration.ofSeconds(2));
      Duration longest = settings.value(Breaker::longestOpen, Duration.ofSeconds(30));
      config.waitIntervalFunctionInOpenState(
          settings.make(() -> Breakers.doubling(openFor, longest)));
    }
    return Breakers.of(config.build());
  }
}
