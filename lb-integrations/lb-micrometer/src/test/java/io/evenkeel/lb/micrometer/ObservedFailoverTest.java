package io.evenkeel.lb.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ObservedFailoverTest {
  private static final CallContext GET = CallContext.idempotent();

  private final FakeTicker ticker = new FakeTicker();
  private final ManualScheduler scheduler = new ManualScheduler(ticker);
  private final AtomicInteger attempts = new AtomicInteger();

  private Balancer balancer() {
    Balancer balancer =
        Balancer.builder("orders")
            .source(EndpointSource.of(Endpoint.of("10.0.0.1", 1), Endpoint.of("10.0.0.1", 2)))
            .strategy(RoundRobin.of())
            .ticker(ticker)
            .scheduler(scheduler)
            .build();
    scheduler.run();
    return balancer;
  }

  private FailoverBuilder failover(Balancer balancer) {
    return Failover.builder(balancer).ticker(ticker).scheduler(scheduler);
  }

  private int refuseFirst() throws IOException {
    if (attempts.incrementAndGet() == 1) {
      throw new ConnectException("refused");
    }
    return attempts.get();
  }

  private static int reset() throws IOException {
    throw new IOException("reset");
  }

  /** Writes down what is observed. */
  private static final class Notes implements ObservationHandler<Observation.Context> {
    final List<String> all = new ArrayList<>();
    String ended = "";

    @Override
    public boolean supportsContext(Observation.Context context) {
      return true;
    }

    @Override
    public void onStart(Observation.Context context) {
      all.add("start " + context.getName() + context.getLowCardinalityKeyValues());
    }

    @Override
    public void onEvent(Observation.Event event, Observation.Context context) {
      all.add(event.getName() + " " + event.getContextualName());
    }

    @Override
    public void onError(Observation.Context context) {
      Throwable error = context.getError();
      all.add("error " + (error == null ? "" : error.getMessage()));
    }

    @Override
    public void onStop(Observation.Context context) {
      all.add("stop");
      ended = context.getAllKeyValues().toString();
    }
  }

  @Test
  void anObservationIsNamedByItsConvention() {
    Notes notes = new Notes();
    ObservationRegistry registry = ObservationRegistry.create();
    registry.observationConfig().observationHandler(notes);
    CallObservationConvention convention =
        new CallObservationConvention() {
          @Override
          public String getName() {
            return "shop.call";
          }
        };
    try (Balancer balancer = balancer()) {
      ObservedFailover failover =
          ObservedFailover.of(
              failover(balancer)
                  .outcomes(FailoverMetricsTest.STATUS)
                  .listener(CallObservations.listener())
                  .build(),
              CallObservations.of(registry, convention));
      assertThat(failover.<Integer>call(CallContext.once(), endpoint -> 503)).isEqualTo(503);
      assertThat(notes.all.get(0)).startsWith("start shop.call").contains("result=unknown");
      assertThat(notes.ended).contains("balancer=orders", "result=failed", "attempts=1");
      assertThat(failover.<Integer>call(GET, endpoint -> 200)).isEqualTo(200);
      assertThat(notes.ended).contains("result=done");
      assertThatThrownBy(() -> failover.<Integer>call(CallContext.once(), endpoint -> reset()))
          .isNotNull();
      assertThat(notes.ended).contains("result=not_repeatable");
      // Without an observation, as calls that are made past it have none.
      assertThat(failover.failover().<Integer>call(GET, endpoint -> 200)).isEqualTo(200);
      assertThat(notes.all).filteredOn("stop"::equals).hasSize(3);
    }
  }

  @Test
  void aCallIsAnObservationAndItsAttemptsAreEvents() {
    Notes notes = new Notes();
    ObservationRegistry observations = ObservationRegistry.create();
    observations.observationConfig().observationHandler(notes);
    List<String> current = new ArrayList<>();
    try (Balancer balancer = balancer()) {
      ObservedFailover failover = ObservedFailover.of(failover(balancer), observations);
      int result =
          failover.call(
              GET,
              endpoint -> {
                current.add(String.valueOf(observations.getCurrentObservation()));
                return refuseFirst();
              });
      assertThat(result).isEqualTo(2);
      assertThat(current).hasSize(2).allMatch(each -> each.contains("lb.call"));
      assertThat(observations.getCurrentObservation()).isNull();
      assertThat(notes.all).hasSize(4);
      assertThat(notes.all.get(0)).startsWith("start lb.call").contains("balancer", "orders");
      assertThat(notes.all.get(1)).matches("attempt 10.0.0.1:\\d UNREACHABLE after 0 ms");
      assertThat(notes.all.get(2)).matches("attempt 10.0.0.1:\\d SUCCESS after 0 ms");
      assertThat(notes.all.get(3)).isEqualTo("stop");

      notes.all.clear();
      assertThatThrownBy(() -> failover.<Integer>call(CallContext.once(), endpoint -> reset()))
          .isNotNull();
      assertThat(notes.all.get(2)).startsWith("error orders: not repeatable after 1 attempt");
      assertThat(notes.all.get(3)).isEqualTo("stop");

      notes.all.clear();
      CompletableFuture<Integer> stage = new CompletableFuture<>();
      CompletableFuture<Integer> call = failover.callAsync(GET, endpoint -> stage);
      scheduler.advance(Duration.ofMillis(7));
      assertThat(notes.all).hasSize(1);
      assertThat(observations.getCurrentObservation()).isNull();
      stage.complete(1);
      assertThat(call.join()).isOne();
      assertThat(notes.all.get(1)).matches("attempt 10.0.0.1:\\d SUCCESS after 7 ms");
      assertThat(notes.all.get(2)).isEqualTo("stop");
    }
  }

  /** Such a mistake must not keep the result from the caller. */
  @Test
  void whoeverEndsACallWithNothingHasNotEndedIt() {
    ObservationRegistry observations = ObservationRegistry.create();
    observations.observationConfig().observationHandler(new Notes());
    CompletableFuture<Integer> stage = new CompletableFuture<>();
    try (Balancer balancer = balancer()) {
      CompletableFuture<Integer> call =
          ObservedFailover.of(failover(balancer), observations).callAsync(GET, endpoint -> stage);
      assertThatNullPointerException().isThrownBy(() -> call.completeExceptionally(nothing()));
      stage.complete(7);
      assertThat(call).isCompletedWithValue(7);
    }
  }

  @SuppressWarnings("NullAway") // that is the mistake
  private static Throwable nothing() {
    return null;
  }

  @Test
  void whoeverEndsACallFromOutsideItsAttemptsAreToldOfFirst() {
    Notes notes = new Notes();
    ObservationRegistry observations = ObservationRegistry.create();
    observations.observationConfig().observationHandler(notes);
    List<Predicate<CompletableFuture<Integer>>> ends =
        List.of(
            call -> call.cancel(true),
            call -> call.complete(7),
            call -> call.completeAsync(() -> 7, Runnable::run).isDone(),
            call -> call.completeExceptionally(new IOException("enough")));
    try (Balancer balancer = balancer()) {
      ObservedFailover failover = ObservedFailover.of(failover(balancer), observations);
      for (Predicate<CompletableFuture<Integer>> end : ends) {
        notes.all.clear();
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        CompletableFuture<Integer> call = failover.callAsync(GET, endpoint -> stage);
        var unused = call.whenComplete((result, thrown) -> notes.all.add("told " + result));
        scheduler.advance(Duration.ofMillis(3));
        assertThat(end.test(call)).isTrue();
        assertThat(call).isDone();
        assertThat(stage).isCancelled();
        assertThat(notes.all.get(1)).matches("attempt 10.0.0.1:\\d CANCELLED after 3 ms");
        assertThat(notes.all).filteredOn("stop"::equals).hasSize(1);
        assertThat(notes.all.get(notes.all.size() - 2)).isEqualTo("stop");
        assertThat(notes.all.get(notes.all.size() - 1)).startsWith("told");
        String result = call.isCancelled() ? "cancelled" : "done";
        assertThat(notes.ended).contains("result=" + result, "attempts=1");
        assertThat(call.cancel(true)).isEqualTo(call.isCancelled());
        assertThat(call.complete(8)).isFalse();
        assertThat(notes.all).filteredOn("stop"::equals).hasSize(1);
      }
      assertThat(balancer.nodes()).allMatch(node -> node.inFlight() == 0);
    }
  }
}
