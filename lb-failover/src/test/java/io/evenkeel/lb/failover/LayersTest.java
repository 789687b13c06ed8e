package io.evenkeel.lb.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.github.resilience4j.retry.RetryConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A service that calls a service that calls a service that fails, each of them with retries. The
 * network is between them, so none sees that what it calls has tried again already.
 */
@Timeout(60)
class LayersTest {
  private static final int LAYERS = 3;
  private static final int CALLS = 60_000;

  private final FakeTicker ticker = new FakeTicker();
  private final ManualScheduler scheduler = new ManualScheduler(ticker);
  private final SplittableRandom random = new SplittableRandom(42);
  private final List<Failover> layers = new ArrayList<>();
  private int atTheBottom;
  private int failed;

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1})
  void theBottomIsAskedAtMostThirtyPercentMoreOften(double failing) {
    List<Balancer> balancers = new ArrayList<>();
    for (int i = 0; i < LAYERS; i++) {
      Balancer balancer = balancer("layer" + i);
      balancers.add(balancer);
      layers.add(
          Failover.builder(balancer)
              .retry(RetryConfig.custom().maxAttempts(3).intervalFunction(made -> 1L).build())
              .ticker(ticker)
              .scheduler(scheduler)
              .random(random.split())
              .build());
    }
    for (int i = 0; i < CALLS; i++) {
      call(0, failing)
          .whenComplete((value, thrown) -> failed += thrown == null ? 0 : 1)
          .exceptionally(thrown -> "");
      scheduler.advance(Duration.ofMillis(1));
    }
    scheduler.advance(Duration.ofSeconds(1));
    balancers.forEach(Balancer::close);
    assertThat((double) atTheBottom / CALLS).as("failing " + failing).isLessThanOrEqualTo(1.3);
    // What can be saved at that price is.
    if (failing <= 0.1) {
      assertThat((double) failed / CALLS).isLessThan(failing / 10);
    }
  }

  private Balancer balancer(String name) {
    return Balancer.builder(name)
        .source(
            EndpointSource.of(
                Endpoint.of("10.0.0.1", 1), Endpoint.of("10.0.0.1", 2), Endpoint.of("10.0.0.1", 3)))
        .strategy(RoundRobin.of())
        .ticker(ticker)
        .scheduler(scheduler)
        .random(random.split())
        .build();
  }

  private CompletableFuture<String> call(int layer, double failing) {
    return layers
        .get(layer)
        .callAsync(CallContext.idempotent(), endpoint -> served(layer, failing));
  }

  private CompletionStage<String> served(int layer, double failing) {
    if (layer + 1 < LAYERS) {
      CompletableFuture<String> answer = new CompletableFuture<>();
      call(layer + 1, failing)
          .whenComplete(
              (value, thrown) -> {
                if (thrown == null) {
                  answer.complete(value);
                } else {
                  answer.completeExceptionally(new IOException("503"));
                }
              })
          .exceptionally(thrown -> "");
      return answer;
    }
    atTheBottom++;
    return random.nextDouble() < failing
        ? CompletableFuture.failedFuture(new IOException("broken"))
        : CompletableFuture.completedFuture("ok");
  }
}
