package io.evenkeel.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BalancerBuilderTest {
  private final BalancerBuilder builder = Balancer.builder("orders");

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a\nb", "a\0", "a\u0085", "a\u2028b", "a\u202eb", "a\ud800"})
  void aNameThatCannotBePrintedIsRefused(String name) {
    assertThatThrownBy(() -> Balancer.builder(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("name: \"")
        .hasMessageEndingWith("\" (expected: 1..253 characters, not blank, no control characters)")
        .message()
        .doesNotContain("\n", "\0", "\u0085", "\u2028", "\u202e", "\ud800");
  }

  @Test
  void aNameHasAtMost253Characters() {
    Balancer.builder("a".repeat(253));

    assertThatThrownBy(() -> Balancer.builder("a".repeat(254)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("...");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN, Double.POSITIVE_INFINITY})
  void aPanicThresholdIsAShare(double share) {
    assertThatThrownBy(() -> builder.panicThreshold(share))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("panicThreshold: " + share + " (expected: 0.0..1.0)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S", "PT0.000999S", "PT24H0.001S"})
  void aLeaseLimitIsFromAMillisecondToADay(Duration limit) {
    assertThatThrownBy(() -> builder.leaseLimit(limit))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("leaseLimit: " + limit + " (expected: PT0.001S..PT24H)");
  }

  @Test
  void aSourceAndAStrategyAreNeeded() {
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("source: not set (expected: where endpoints come from)");
    builder.source(EndpointSource.of(Endpoint.of("a", 1)));
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "strategy: not set (expected: a strategy, or io.evenkeel:lb-strategies on the class"
                + " path)");
  }

  @Test
  void theBoundsThemselvesAreTaken() {
    builder.panicThreshold(0).panicThreshold(1);
    builder.leaseLimit(Duration.ofMillis(1)).leaseLimit(Duration.ofDays(1));
    builder.source(EndpointSource.of(Endpoint.of("a", 1)));
    builder.strategy((nodes, previous) -> context -> nodes.usable().get(0));

    try (Balancer balancer = builder.build()) {
      assertThat(balancer.select(RequestContext.none()).endpoint()).isEqualTo(Endpoint.of("a", 1));
    }
  }
}
