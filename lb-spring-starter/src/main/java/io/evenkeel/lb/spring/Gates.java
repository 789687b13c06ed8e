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
    Layer<Limits> limits = settings.in("limits", Limits.class);
    if (requireNonNullElse(limits.said().enabled(), limits.isSet())) {
      gates.add(limits(limits));
    }
    Named<CircuitBreakerConfig> like = registries.breaker(settings);
    Layer<Breaker> breaker = like.overriding().in("breaker", Breaker.class);
    if (requireNonNullElse(breaker.said().enabled(), breaker.isSet() || like.found() != null)) {
      gates.add(breakers(requireNonNullElse(like.found(), Breakers.recommended()), breaker));
    }
    Named<BulkheadConfig> named = registries.bulkhead(settings);
    Layer<Bulkhead> bulkhead = named.overriding().in("bulkhead", Bulkhead.class);
    named.use(config -> gates.add(bulkheads(config, bulkhead)));
    if (named.found() == null && bulkhead.said().maxConcurrentCalls() != null) {
      gates.add(bulkheads(BulkheadConfig.ofDefaults(), bulkhead));
    }
    return gates;
  }

  private static AdaptiveLimits limits(Layer<Limits> settings) {
    Limits said = settings.said();
    boolean vegas = said.algorithm() == Limits.Algorithm.VEGAS;
    int least = requireNonNullElse(said.least(), vegas ? 1 : 20);
    int most = requireNonNullElse(said.most(), vegas ? 1000 : 200);
    return settings.make(
        () -> AdaptiveLimits.of(vegas ? Vegas.of(least, most) : Gradient2.of(least, most)));
  }

  private static Bulkheads bulkheads(BulkheadConfig like, Layer<Bulkhead> settings) {
    BulkheadConfig.Builder config = BulkheadConfig.from(like);
    Integer most = settings.said().maxConcurrentCalls();
    settings.set("maxConcurrentCalls", most, config::maxConcurrentCalls);
    return Bulkheads.of(config.build());
  }

  private static Breakers breakers(CircuitBreakerConfig like, Layer<Breaker> settings) {
    Breaker said = settings.said();
    CircuitBreakerConfig.Builder config = CircuitBreakerConfig.from(like);
    settings.set("failureRate", said.failureRate(), config::failureRateThreshold);
    settings.set("window", said.window(), config::slidingWindowSize);
    settings.set("minimumCalls", said.minimumCalls(), config::minimumNumberOfCalls);
    settings.set("trials", said.trials(), config::permittedNumberOfCallsInHalfOpenState);
    if (said.openFor() != null || said.longestOpen() != null) {
      Duration openFor = requireNonNullElse(said.openFor(), Duration.ofSeconds(2));
      Duration longest = requireNonNullElse(said.longestOpen(), Duration.ofSeconds(30));
      config.waitIntervalFunctionInOpenState(
          settings.make(() -> Breakers.doubling(openFor, longest)));
    }
    return Breakers.of(config.build());
  }
}
