package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverException;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.IntervalBiFunction;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.github.resilience4j.retry.RetryRegistry;
import io.github.resilience4j.springboot.bulkhead.autoconfigure.BulkheadAutoConfiguration;
import io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration;
import io.github.resilience4j.springboot.ratelimiter.autoconfigure.RateLimiterAutoConfiguration;
import io.github.resilience4j.springboot.retry.autoconfigure.RetryAutoConfiguration;
import io.github.resilience4j.springboot.timelimiter.autoconfigure.TimeLimiterAutoConfiguration;
import io.github.resilience4j.timelimiter.TimeLimiterConfig;
import io.github.resilience4j.timelimiter.TimeLimiterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Settings that name what Resilience4j's own Spring Boot starter has made of its properties. */
class RegistriesTest {
  private static final String FAILOVER = "evenkeel.services.orders.failover.";
  private static final String DEFAULTS = "evenkeel.defaults.failover.";

  /** For {@code settings.csv}: registries with one instance each, and one that cannot be used. */
  static BeanFactory registries() {
    RetryRegistry retries = RetryRegistry.ofDefaults();
    retries.retry("patient", RetryConfig.custom().maxAttempts(9).build());
    CircuitBreakerRegistry breakers = CircuitBreakerRegistry.ofDefaults();
    breakers.circuitBreaker(
        "touchy", CircuitBreakerConfig.custom().failureRateThreshold(12).build());
    BulkheadRegistry bulkheads = BulkheadRegistry.ofDefaults();
    bulkheads.bulkhead("narrow", BulkheadConfig.custom().maxConcurrentCalls(3).build());
    bulkheads.bulkhead(
        "waiting", BulkheadConfig.custom().maxWaitDuration(Duration.ofSeconds(1)).build());
    RateLimiterRegistry rates = RateLimiterRegistry.ofDefaults();
    rates.rateLimiter("slow", RateLimiterConfig.custom().limitForPeriod(1).build());
    TimeLimiterRegistry times = TimeLimiterRegistry.ofDefaults();
    times.timeLimiter(
        "brief", TimeLimiterConfig.custom().timeoutDuration(Duration.ofMillis(70)).build());
    DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
    beans.registerSingleton("retries", retries);
    beans.registerSingleton("breakers", breakers);
    beans.registerSingleton("bulkheads", bulkheads);
    beans.registerSingleton("rates", rates);
    beans.registerSingleton("times", times);
    return beans;
  }

  private static ApplicationContextRunner resilience4j(String... properties) {
    return Contexts.orders(properties)
        .withConfiguration(
            AutoConfigurations.of(
                RetryAutoConfiguration.class,
                CircuitBreakerAutoConfiguration.class,
                BulkheadAutoConfiguration.class,
                RateLimiterAutoConfiguration.class,
                TimeLimiterAutoConfiguration.class))
        .withPropertyValues(
            "resilience4j.retry.configs.steady.max-attempts=7",
            "resilience4j.retry.instances.patient.max-attempts=9",
            "resilience4j.retry.instances.patient.wait-duration=1ms",
            "resilience4j.retry.instances.brisk.max-attempts=2",
            "resilience4j.circuitbreaker.instances.touchy.failure-rate-threshold=12",
            "resilience4j.circuitbreaker.instances.touchy.sliding-window-size=30",
            "resilience4j.bulkhead.instances.narrow.max-concurrent-calls=3",
            "resilience4j.bulkhead.instances.waiting.max-wait-duration=1s",
            "resilience4j.ratelimiter.instances.slow.limit-for-period=2",
            "resilience4j.ratelimiter.instances.slow.limit-refresh-period=1h",
            "resilience4j.ratelimiter.instances.slow.timeout-duration=0",
            "resilience4j.timelimiter.instances.brief.timeout-duration=70ms");
  }

  /** F stands for the failover of the service, D for that of the defaults. */
  private static void failover(String properties, Consumer<String> check) {
    resilience4j(properties.replace("F:", FAILOVER).replace("D:", DEFAULTS).split(" ", -1))
        .run(
            context ->
                check.accept(context.getBean(LoadBalancers.class).failover("orders").toString()));
  }

  private static AbstractThrowableAssert<?, ?> refusal(AssertableApplicationContext context) {
    return assertThat(context).getFailure().rootCause();
  }

  @Test
  void whatIsNamedIsUsed() {
    failover(
        "F:resilience4j.retry=patient F:resilience4j.circuit-breaker=touchy"
            + " F:resilience4j.bulkhead=narrow F:resilience4j.rate-limiter=slow"
            + " F:resilience4j.time-limiter=brief",
        text ->
            assertThat(text)
                .contains("at most 9 attempts", "attempt timeout PT0.07S", "rate limit slow")
                .contains("Breakers[open at 12.0 % of 30", "Bulkheads[3]"));
  }

  /** From the most to the least specific: a setting, then a name, of the service, then of all. */
  @ParameterizedTest
  @CsvSource({
    "9, F:resilience4j.retry=patient",
    "9, D:resilience4j.retry=patient",
    "5, F:attempts=5 F:resilience4j.retry=patient",
    "5, F:attempts=5 D:resilience4j.retry=patient",
    "9, D:attempts=5 F:resilience4j.retry=patient",
    "5, D:attempts=5 D:resilience4j.retry=patient",
    "2, F:resilience4j.retry=brisk D:resilience4j.retry=patient",
    "7, F:resilience4j.retry=steady",
  })
  void whatIsMoreSpecificComesFirst(int attempts, String properties) {
    failover(properties, text -> assertThat(text).contains("at most " + attempts + " attempts"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          F:breaker.window=40      | open at 12.0 % of 40
          D:breaker.window=40      | open at 12.0 % of 30
          F:breaker.enabled=false  | !Breakers
          D:breaker.enabled=false  | open at 12.0 % of 30
          """)
  void aBreakerIsLikeTheOneThatIsNamed(String property, String shown) {
    failover(
        "F:resilience4j.circuit-breaker=touchy " + property,
        text -> {
          if (shown.startsWith("!")) {
            assertThat(text).doesNotContain(shown.substring(1));
          } else {
            assertThat(text).contains(shown);
          }
        });
  }

  /** A retry may have a function of results for its pauses, which a backoff replaces. */
  @Test
  void aBackoffReplacesPausesOfAnyKind() {
    RetryRegistry retries = RetryRegistry.ofDefaults();
    IntervalBiFunction<Object> pauses = (attempt, result) -> 1L;
    retries.retry("odd", RetryConfig.custom().maxAttempts(9).intervalBiFunction(pauses).build());
    Contexts.orders(FAILOVER + "resilience4j.retry=odd", FAILOVER + "backoff.jitter=equal")
        .withBean(RetryRegistry.class, () -> retries)
        .run(
            context ->
                assertThat(context.getBean(LoadBalancers.class).failover("orders").toString())
                    .contains("at most 9 attempts", "equal jitter"));
  }

  @Test
  void aRateLimiterIsSharedWithOthersThatUseIt() {
    resilience4j(FAILOVER + "resilience4j.rate-limiter=slow")
        .run(
            context -> {
              Failover orders = context.getBean(LoadBalancers.class).failover("orders");
              RateLimiter other = context.getBean(RateLimiterRegistry.class).rateLimiter("slow");
              String answer = orders.call(CallContext.once(), attempt -> "ok");
              assertThat(answer).isEqualTo("ok");
              assertThat(other.acquirePermission()).isTrue();
              assertThatThrownBy(() -> orders.call(CallContext.once(), attempt -> "ok"))
                  .isInstanceOfSatisfying(
                      FailoverException.class,
                      e -> assertThat(e.reason()).isEqualTo(FailoverException.Reason.RATE_LIMIT));
            });
  }

  @ParameterizedTest
  @CsvSource({"java.io.IOException, 9", "java.io.FileNotFoundException, 1"})
  void whatARetryIgnoresIsNotRepeated(Class<? extends Exception> thrown, int expected) {
    resilience4j(
            FAILOVER + "resilience4j.retry=patient",
            FAILOVER + "budget.type=unlimited",
            "evenkeel.defaults.health.enabled=false",
            "resilience4j.retry.instances.patient.ignore-exceptions=java.io.FileNotFoundException")
        .run(
            context -> {
              Failover orders = context.getBean(LoadBalancers.class).failover("orders");
              AtomicInteger attempts = new AtomicInteger();
              assertThatThrownBy(
                      () ->
                          orders.call(
                              CallContext.idempotent(),
                              attempt -> {
                                attempts.incrementAndGet();
                                throw thrown.getDeclaredConstructor().newInstance();
                              }))
                  .isInstanceOf(FailoverException.class);
              assertThat(attempts).hasValue(expected);
            });
  }

  @Test
  void aNameThatNobodyKnowsIsRefusedAndMakesNothing() {
    RetryRegistry retries = RetryRegistry.ofDefaults();
    retries.retry("patient");
    retries.retry("brisk");
    Contexts.orders(FAILOVER + "resilience4j.retry=patent")
        .withBean(RetryRegistry.class, () -> retries)
        .run(
            context ->
                refusal(context)
                    .hasMessage(
                        FAILOVER
                            + "resilience4j.retry: \"patent\" (expected: an instance in the"
                            + " RetryRegistry, which has: brisk, patient)")
                    .isInstanceOfSatisfying(
                        SettingException.class,
                        e -> assertThat(e.action()).contains("Did you mean \"patient\"?")));
    assertThat(retries.getAllRetries())
        .extracting(Retry::getName)
        .containsExactlyInAnyOrder("brisk", "patient");
  }

  /** It has to be there, and not only how it would be: a rate is of all that it limits. */
  @Test
  void aRateLimiterThatIsOnlyConfiguredIsNotMade() {
    resilience4j(
            FAILOVER + "resilience4j.rate-limiter=usual",
            "resilience4j.ratelimiter.configs.usual.limit-for-period=5")
        .run(
            context ->
                refusal(context).hasMessageContaining("RateLimiterRegistry, which has: slow"));
  }

  @Test
  void aBulkheadThatWaitsIsRefusedAndItIsSaidWhy() {
    resilience4j(DEFAULTS + "resilience4j.bulkhead=waiting")
        .run(
            context ->
                refusal(context)
                    .hasMessage(
                        DEFAULTS
                            + "resilience4j.bulkhead: \"waiting\" (expected: an instance that can"
                            + " be used; of this one, maxWaitDuration: PT1S (expected: PT0S, since"
                            + " a full endpoint is passed over))"));
  }

  @Test
  void aNameNeedsARegistry() {
    Contexts.orders(FAILOVER + "resilience4j.time-limiter=brief")
        .run(
            context ->
                refusal(context)
                    .hasMessage(
                        FAILOVER
                            + "resilience4j.time-limiter: \"brief\" (expected: a bean of type"
                            + " TimeLimiterRegistry, which knows it)"));
  }
}
