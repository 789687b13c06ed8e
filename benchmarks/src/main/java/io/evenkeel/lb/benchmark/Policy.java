package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Probe;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import io.evenkeel.lb.strategy.BoundedLoad;
import io.evenkeel.lb.strategy.HotCold;
import io.evenkeel.lb.strategy.IdleFirst;
import io.evenkeel.lb.strategy.JumpHash;
import io.evenkeel.lb.strategy.LeastLoad;
import io.evenkeel.lb.strategy.Maglev;
import io.evenkeel.lb.strategy.PowerOfChoices;
import io.evenkeel.lb.strategy.PriorityTiers;
import io.evenkeel.lb.strategy.RandomChoice;
import io.evenkeel.lb.strategy.Rendezvous;
import io.evenkeel.lb.strategy.ResponseTimeWeighted;
import io.evenkeel.lb.strategy.RingHash;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.strategy.SlowStart;
import io.evenkeel.lb.strategy.StickySessions;
import io.evenkeel.lb.strategy.Subset;
import io.evenkeel.lb.strategy.UtilizationWeighted;
import io.evenkeel.lb.strategy.WeightedRandom;
import io.evenkeel.lb.strategy.WeightedRoundRobin;
import io.evenkeel.lb.strategy.ZoneAware;
import java.util.concurrent.CompletableFuture;

/** What is measured: each strategy, with the weights that its cost might depend on. */
public enum Policy {
  ROUND_ROBIN,
  WEIGHTED_ROUND_ROBIN,
  /** Large weights without a common divisor: the cycle is as long as cycles get. */
  WEIGHTED_ROUND_ROBIN_PRIMES,
  RANDOM,
  WEIGHTED_RANDOM,
  LEAST_REQUESTS,
  /** Where no node is idle, so that all have to be looked at. */
  LEAST_REQUESTS_ALL_BUSY,
  TWO_CHOICES_IN_FLIGHT,
  TWO_CHOICES_PEAK_EWMA,
  WEIGHTED_TWO_CHOICES_IN_FLIGHT,
  WEIGHTED_TWO_CHOICES_PEAK_EWMA,
  FOUR_CHOICES_PEAK_EWMA,
  LEAST_PEAK_EWMA,
  /** What a balancer does by default. */
  IDLE_FIRST,
  /** The same where no node is idle, so that some have to be compared. */
  IDLE_FIRST_ALL_BUSY,
  WEIGHTED_IDLE_FIRST,
  RING_HASH,
  MAGLEV,
  RENDEZVOUS,
  WEIGHTED_RENDEZVOUS,
  JUMP_HASH,
  BOUNDED_RING_HASH,
  BOUNDED_MAGLEV,
  /** Of sessions that are known. */
  STICKY_SESSIONS,
  RESPONSE_TIME_WEIGHTED,
  UTILIZATION_WEIGHTED,
  /** While probes go on, on a thread of their own. */
  HOT_COLD,
  /** Where a hundred choices send one probe, so that little but the choice is measured. */
  HOT_COLD_SELDOM_ASKED,
  SLOW_START_RANDOM,
  /** All in the first tier. */
  TIERS_RANDOM,
  /** A share of the requests goes to another zone. */
  ZONES_RANDOM,
  SUBSET_RANDOM;

  private static final int[] ONE = {1};
  private static final int[] SMALL = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  private static final int[] PRIMES = {9973, 10007, 9967, 10009};
  private static final Probe ANSWERS =
      endpoint ->
          CompletableFuture.completedFuture(
              LoadReport.builder()
                  .inFlight(endpoint.port() & 3)
                  .latencyNanos(1_000_000 + 1000L * endpoint.host().hashCode() % 1000)
                  .build());

  /** A new strategy with the settings that the name says. */
  public Strategy strategy() {
    return switch (this) {
      case ROUND_ROBIN -> RoundRobin.of();
      case WEIGHTED_ROUND_ROBIN, WEIGHTED_ROUND_ROBIN_PRIMES -> WeightedRoundRobin.of();
      case RANDOM -> RandomChoice.of();
      case WEIGHTED_RANDOM -> WeightedRandom.of();
      case LEAST_REQUESTS, LEAST_REQUESTS_ALL_BUSY -> LeastLoad.requests();
      case TWO_CHOICES_IN_FLIGHT, WEIGHTED_TWO_CHOICES_IN_FLIGHT ->
          choices(2, LoadMetric.inFlight());
      case TWO_CHOICES_PEAK_EWMA, WEIGHTED_TWO_CHOICES_PEAK_EWMA ->
          choices(2, PeakEwma.ofDefaults());
      case FOUR_CHOICES_PEAK_EWMA -> choices(4, PeakEwma.ofDefaults());
      case LEAST_PEAK_EWMA -> LeastLoad.of(PeakEwma.ofDefaults());
      case IDLE_FIRST, IDLE_FIRST_ALL_BUSY, WEIGHTED_IDLE_FIRST -> IdleFirst.ofDefaults();
      case RING_HASH -> RingHash.ofDefaults();
      case MAGLEV -> Maglev.ofDefaults();
      case RENDEZVOUS, WEIGHTED_RENDEZVOUS -> Rendezvous.of();
      case JUMP_HASH -> JumpHash.of(Policy::number);
      case BOUNDED_RING_HASH -> BoundedLoad.of(RingHash.ofDefaults());
      case BOUNDED_MAGLEV -> BoundedLoad.of(Maglev.ofDefaults());
      case STICKY_SESSIONS -> StickySessions.of(RandomChoice.of());
      case RESPONSE_TIME_WEIGHTED -> ResponseTimeWeighted.ofDefaults();
      case UTILIZATION_WEIGHTED -> UtilizationWeighted.ofDefaults();
      case HOT_COLD -> HotCold.of(ANSWERS);
      case HOT_COLD_SELDOM_ASKED ->
          HotCold.builder(ANSWERS).probesPerRequest(0.01).removalsPerRequest(0).build();
      case SLOW_START_RANDOM -> SlowStart.of(RandomChoice.of());
      case TIERS_RANDOM -> PriorityTiers.of(RandomChoice.of());
      case SUBSET_RANDOM -> Subset.byRendezvous(RandomChoice.of(), "client", 8);
      case ZONES_RANDOM -> ZoneAware.builder(RandomChoice.of(), "a").build();
    };
  }

  /** The place of an endpoint among those of {@link Fleet}: the last two parts of its address. */
  private static int number(Endpoint endpoint) {
    String[] parts = endpoint.host().split("\\.", -1);
    return Integer.parseInt(parts[2]) * 256 + Integer.parseInt(parts[3]);
  }

  /** The weight of the endpoint at a position. */
  int weight(int position) {
    int[] weights =
        switch (this) {
          case WEIGHTED_ROUND_ROBIN,
              WEIGHTED_RANDOM,
              WEIGHTED_TWO_CHOICES_IN_FLIGHT,
              WEIGHTED_TWO_CHOICES_PEAK_EWMA,
              WEIGHTED_IDLE_FIRST,
              WEIGHTED_RENDEZVOUS ->
              SMALL;
          case WEIGHTED_ROUND_ROBIN_PRIMES -> PRIMES;
          default -> ONE;
        };
    return weights[position % weights.length];
  }

  /** How many requests are in flight on each node. */
  int inFlight() {
    return this == LEAST_REQUESTS_ALL_BUSY || this == IDLE_FIRST_ALL_BUSY ? 1 : 0;
  }

  /** How many more there are on some: none where one more than on others is too many. */
  int moreInFlight() {
    return this == BOUNDED_RING_HASH || this == BOUNDED_MAGLEV ? 0 : 3;
  }

  /** The zone of the endpoint at a position; a client in zone a keeps four of five requests. */
  String zone(int position) {
    return position % 5 < 2 ? "a" : "b";
  }

  /** From one request to the next, what to add to the affinity; 0 for requests without. */
  long affinityStep() {
    return switch (this) {
      case RING_HASH,
          MAGLEV,
          RENDEZVOUS,
          WEIGHTED_RENDEZVOUS,
          JUMP_HASH,
          BOUNDED_RING_HASH,
          BOUNDED_MAGLEV ->
          0x9e3779b97f4a7c15L;
      case STICKY_SESSIONS -> 1;
      default -> 0;
    };
  }

  /** How many affinities there are, less one: a mask. */
  long affinities() {
    return this == STICKY_SESSIONS ? 0xffff : -1;
  }

  private static Strategy choices(int choices, LoadMetric metric) {
    return PowerOfChoices.builder().choices(choices).metric(metric).build();
  }
}
