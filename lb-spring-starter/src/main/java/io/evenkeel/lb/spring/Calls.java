package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNullElse;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.failover.Backoff;
import io.evenkeel.lb.failover.ClientThrottle;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.failover.Hedging;
import io.evenkeel.lb.failover.RetryBudget;
import io.evenkeel.lb.spring.FailoverProperties.Budget;
import io.evenkeel.lb.spring.FailoverProperties.Throttle;
import io.evenkeel.lb.spring.Registries.Named;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.RetryConfig;
import io.github.resilience4j.timelimiter.TimeLimiterConfig;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Makes a {@link FailoverBuilder} of settings. */
final class Calls {
  private static final RandomGenerator CHANCE = () -> ThreadLocalRandom.current().nextLong();

  private Calls() {}

  /**
   * What is live of calls, and outlasts other settings of them.
   *
   * @param throttle null for none
   */
  record Live(RetryBudget budget, @Nullable ClientThrottle throttle) {}

  /**
   * What is live of the calls of a service.
   *
   * @param before of which the parts stay that no setting has changed; null if there are none
   * @param changed names of settings of the service
   * @throws SettingException if a setting is refused
   */
  static Live live(Layer<FailoverProperties> settings, @Nullable Live before, Set<String> changed) {
    return new Live(
        before != null && !isIn("failover.budget.", changed)
            ? before.budget()
            : budget(settings.in("budget", Budget.class)),
        before != null && !isIn("failover.throttle.", changed)
            ? before.throttle()
            : throttle(settings.in("throttle", Throttle.class)));
  }

  private static boolean isIn(String group, Set<String> names) {
    return names.stream().anyMatch(name -> name.startsWith(group));
  }

  /**
   * The failover of a service.
   *
   * @throws SettingException if a setting is refused
   */
  static FailoverBuilder of(
      Balancer balancer, Layer<FailoverProperties> settings, Live live, Registries registries) {
    FailoverProperties said = settings.said();
    FailoverBuilder failover = Failover.builder(balancer);
    settings.set("deadline", said.deadline(), failover::deadline);
    Named<TimeLimiterConfig> limiter = registries.timeLimiter(settings);
    limiter.use(config -> failover.attemptTimeout(config.getTimeoutDuration()));
    Layer<FailoverProperties> overriding = limiter.overriding();
    overriding.set("attemptTimeout", overriding.said().attemptTimeout(), failover::attemptTimeout);
    settings.set("idempotent", said.idempotent(), failover::idempotent);
    failover.retry(retry(registries.retry(settings)));
    failover.budget(live.budget());
    hedge(settings.in("hedging", FailoverProperties.Hedging.class), failover);
    if (live.throttle() != null) {
      failover.throttle(live.throttle());
    }
    registries.rateLimiter(settings).use(failover::rateLimiter);
    return failover;
  }

  private static RetryConfig retry(Named<RetryConfig> named) {
    Layer<FailoverProperties> settings = named.overriding();
    RetryConfig.Builder<Object> retry =
        named.found() == null
            ? RetryConfig.custom().maxAttempts(3)
            : RetryConfig.from(named.found());
    settings.set("attempts", settings.said().attempts(), retry::maxAttempts);
    Layer<FailoverProperties.Backoff> backoff =
        settings.in("backoff", FailoverProperties.Backoff.class);
    if (named.found() != null && !backoff.isSet()) {
      return retry.build();
    }
    FailoverProperties.Backoff said = backoff.said();
    Duration base = requireNonNullElse(said.base(), Duration.ofMillis(25));
    Duration cap = requireNonNullElse(said.cap(), Duration.ofMillis(250));
    FailoverProperties.Backoff.Jitter jitter =
        requireNonNullElse(said.jitter(), FailoverProperties.Backoff.Jitter.FULL);
    IntervalFunction pauses =
        backoff.make(
            () ->
                switch (jitter) {
                  case FULL -> Backoff.fullJitter(base, cap, CHANCE);
                  case EQUAL -> Backoff.equalJitter(base, cap, CHANCE);
                  case DECORRELATED -> Backoff.decorrelatedJitter(base, cap, CHANCE);
                });
    return retry.intervalFunction(pauses).build();
  }

  private static RetryBudget budget(Layer<Budget> settings) {
    Budget said = settings.said();
    return switch (requireNonNullElse(said.type(), Budget.Type.RATE)) {
      case RATE -> {
        double share = requireNonNullElse(said.share(), 0.2);
        Duration window = requireNonNullElse(said.window(), Duration.ofSeconds(10));
        yield settings.make(() -> RetryBudget.ofRate(share, window));
      }
      case TOKENS -> {
        int max = requireNonNullElse(said.max(), 10);
        double ratio = requireNonNullElse(said.ratio(), 0.1);
        yield settings.make(() -> RetryBudget.ofTokens(max, ratio));
      }
      case UNLIMITED -> RetryBudget.unlimited();
    };
  }

  private static void hedge(Layer<FailoverProperties.Hedging> settings, FailoverBuilder failover) {
    FailoverProperties.Hedging said = settings.said();
    if (!requireNonNullElse(said.enabled(), settings.isSet())) {
      return;
    }
    double share = requireNonNullElse(said.share(), 0.025);
    Duration delay = said.delay();
    failover.hedging(
        settings.make(
            () -> delay == null ? Hedging.ofSlowest(share) : Hedging.after(delay, share)));
  }

  private static @Nullable ClientThrottle throttle(Layer<Throttle> settings) {
    Throttle said = settings.said();
    if (!requireNonNullElse(said.enabled(), settings.isSet())) {
      return null;
    }
    double factor = requireNonNullElse(said.factor(), 2.0);
    Duration window = requireNonNullElse(said.window(), Duration.ofMinutes(2));
    return settings.make(() -> ClientThrottle.of(factor, window));
  }
}
