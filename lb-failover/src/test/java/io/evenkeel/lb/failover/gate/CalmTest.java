package io.evenkeel.lb.failover.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.testkit.Allocations;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A breaker that is told of less decides in the same way. */
class CalmTest {
  private static final long MILLI = 1_000_000;

  private final CircuitBreakerRegistry registry = CircuitBreakerRegistry.ofDefaults();

  private static CircuitBreakerConfig.Builder config() {
    return CircuitBreakerConfig.custom()
        .slidingWindowSize(20)
        .minimumNumberOfCalls(10)
        .slowCallDurationThreshold(Duration.ofMillis(50))
        .slowCallRateThreshold(60)
        .waitDurationInOpenState(Duration.ofHours(1));
  }

  private Node gated(Fixture fixture) {
    Balancer balancer = fixture.balancer(1);
    return Fixture.node(balancer, 1);
  }

  private Fixture fixture(CircuitBreakerConfig config) {
    return new Fixture(Breakers.builder().config(config).registry(registry).build());
  }

  private CircuitBreaker guarded() {
    return registry.find("orders/s1").orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 20, 40, 49})
  void itOpensAndCountsAsOneThatIsToldOfEachRequest(int badPercent) {
    for (int seed = 1; seed <= 30; seed++) {
      Fixture fixture = fixture(config().build());
      Node node = gated(fixture);
      CircuitBreaker told = CircuitBreaker.of("told", config().build());
      SplittableRandom random = new SplittableRandom(seed);
      for (int i = 0; i < 500 && told.getState() == State.CLOSED; i++) {
        boolean bad = random.nextInt(100) < badPercent;
        boolean slow = bad && random.nextBoolean();
        long millis = slow ? 51 : 1;
        long stamp = fixture.begin(node);
        fixture.ticker.advance(millis * MILLI);
        if (bad && !slow) {
          node.end(stamp, Outcome.FAILURE);
          told.onError(millis, TimeUnit.MILLISECONDS, new RuntimeException());
        } else {
          node.end(stamp, Outcome.SUCCESS);
          told.onSuccess(millis, TimeUnit.MILLISECONDS);
        }
        assertSame(told, guarded(), "seed " + seed + ", request " + i);
      }
      registry.remove("orders/s1");
    }
  }

  private static void assertSame(CircuitBreaker told, CircuitBreaker guarded, String label) {
    assertThat(guarded.getState()).as(label).isEqualTo(told.getState());
    CircuitBreaker.Metrics expected = told.getMetrics();
    CircuitBreaker.Metrics seen = guarded.getMetrics();
    assertThat(seen.getNumberOfBufferedCalls())
        .as(label)
        .isEqualTo(expected.getNumberOfBufferedCalls());
    assertThat(seen.getNumberOfFailedCalls())
        .as(label)
        .isEqualTo(expected.getNumberOfFailedCalls());
    assertThat(seen.getNumberOfSlowCalls()).as(label).isEqualTo(expected.getNumberOfSlowCalls());
  }

  @Test
  void aRequestInTheCalmAllocatesNothing() {
    Fixture fixture = fixture(config().build());
    Node node = gated(fixture);
    fixture.send(node, 100, Outcome.SUCCESS);
    Allocations.assertNone("begin and end", () -> node.end(begun(fixture, node), Outcome.SUCCESS));
  }

  private static long begun(Fixture fixture, Node node) {
    fixture.ticker.advance(1);
    return node.begin();
  }

  @Test
  void whoListensHearsOfEachRequest() {
    Fixture fixture = fixture(config().build());
    Node node = gated(fixture);
    fixture.send(node, 100, Outcome.SUCCESS);
    AtomicInteger heard = new AtomicInteger();
    guarded().getEventPublisher().onSuccess(event -> heard.incrementAndGet());
    fixture.send(node, 100, Outcome.SUCCESS);
    assertThat(heard).hasValue(100);
  }

  @Test
  void aWindowByTimeIsToldOfEachRequest() {
    Fixture fixture =
        fixture(
            config().slidingWindowType(SlidingWindowType.TIME_BASED).slidingWindowSize(60).build());
    Node node = gated(fixture);
    fixture.send(node, 1000, Outcome.SUCCESS);
    assertThat(guarded().getMetrics().getNumberOfBufferedCalls()).isEqualTo(1000);
  }
}
