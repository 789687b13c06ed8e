package io.evenkeel.lb.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.ChoiceLog;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.testkit.Allocations;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The gate: a request allocates exactly nothing. */
class AllocationTest {
  static Stream<Arguments> policies() {
    // Handing probes over to another thread allocates; what a choice does is in the contract test.
    return Stream.of(Policy.values())
        .filter(policy -> policy != Policy.HOT_COLD)
        .flatMap(policy -> Stream.of(10, 100, 1000).map(count -> Arguments.of(policy, count)));
  }

  @ParameterizedTest
  @MethodSource("policies")
  void aRequestAllocatesNothing(Policy policy, int endpoints) {
    ChooseBenchmark.Requests requests = new ChooseBenchmark.Requests();
    requests.setUp(policy);
    try (Balancer balancer = Fleet.busy(policy, endpoints)) {
      assertThat(fewestBytes(() -> balancer.select(requests.next()))).isZero();
    }
  }

  @Test
  void neitherDoesTellingAListener() {
    AtomicLong nanos = new AtomicLong();
    BalancerListener listener =
        new BalancerListener() {
          @Override
          public void onEnd(String name, Endpoint endpoint, Outcome outcome, long latencyNanos) {
            nanos.addAndGet(latencyNanos);
          }
        };
    try (Balancer balancer =
        Balancer.builder("measured")
            .source(EndpointSource.of(Fleet.endpoints(Policy.TWO_CHOICES_PEAK_EWMA, 10, 0)))
            .listener(listener)
            .build()) {
      assertThat(fewestBytes(balancer)).isZero();
    }
    assertThat(nanos).hasPositiveValue();
  }

  @Test
  void neitherDoesJudgingHealthByAllDetectors() {
    try (Balancer balancer =
        Balancer.builder("measured")
            .source(EndpointSource.of(Fleet.endpoints(Policy.TWO_CHOICES_PEAK_EWMA, 10, 0)))
            .health(Health.ofDefaults())
            .build()) {
      assertThat(fewestBytes(balancer)).isZero();
    }
  }

  @Test
  void neitherDoesALogThatIsClosedOrKeepsNothingYet() {
    try (Balancer balancer = Fleet.busy(Policy.TWO_CHOICES_PEAK_EWMA, 10)) {
      try (ChoiceLog log = balancer.record(10, Integer.MAX_VALUE)) {
        assertThat(fewestBytes(balancer)).isZero();
        assertThat(log.choices()).isEmpty();
      }
      try (ChoiceLog log = balancer.record(10, 1)) {
        assertThat(fewestBytes(balancer)).isGreaterThanOrEqualTo(16L * Allocations.OPERATIONS);
        assertThat(log.choices()).hasSize(10);
      }
      assertThat(fewestBytes(balancer)).isZero();
    }
  }

  @Test
  void theGateSeesAStrategyThatAllocates() {
    try (Balancer balancer =
        Fleet.idle(new Copying(), Fleet.endpoints(Policy.ROUND_ROBIN, 10, 0))) {
      assertThat(fewestBytes(balancer)).isGreaterThanOrEqualTo(16L * Allocations.OPERATIONS);
    }
  }

  private static long fewestBytes(Balancer balancer) {
    return fewestBytes(() -> balancer.select(RequestContext.none()));
  }

  private static long fewestBytes(Supplier<Node> choice) {
    return Allocations.fewest(
        () -> {
          Node node = choice.get();
          node.end(node.begin(), Outcome.SUCCESS);
        });
  }

  /** Copies its list for each choice. */
  private static final class Copying implements Strategy {
    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      return context -> {
        List<Node> copy = new ArrayList<>(nodes.usable());
        copy.remove(0);
        return copy.get(0);
      };
    }
  }
}
