package io.evenkeel.lb.benchmark.peer;

import com.linecorp.armeria.client.endpoint.EndpointSelectionStrategy;
import com.netflix.loadbalancer.RoundRobinRule;
import com.netflix.loadbalancer.WeightedResponseTimeRule;
import com.netflix.loadbalancer.ZoneAvoidanceRule;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.load.PeakEwma;
import io.evenkeel.lb.strategy.IdleFirst;
import io.evenkeel.lb.strategy.LeastLoad;
import io.evenkeel.lb.strategy.PowerOfChoices;
import io.evenkeel.lb.strategy.RandomChoice;
import io.evenkeel.lb.strategy.RingHash;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.strategy.WeightedRandom;
import io.evenkeel.lb.strategy.WeightedRoundRobin;
import io.vertx.core.net.endpoint.LoadBalancer;
import java.util.Arrays;
import org.apache.dubbo.rpc.cluster.loadbalance.LeastActiveLoadBalance;
import org.apache.dubbo.rpc.cluster.loadbalance.RandomLoadBalance;
import org.apache.dubbo.rpc.cluster.loadbalance.RoundRobinLoadBalance;

/**
 * The ways to choose of all libraries, ours included. After the library stands what it does, in one
 * word for all libraries, whatever they call it themselves: rows of the same word are compared.
 */
public enum PeerPolicy {
  /** What a balancer of ours does by default. */
  OUR_DEFAULT(Trait.LOAD),
  OUR_ROUND_ROBIN(Trait.ORDER),
  OUR_WEIGHTED_ROUND_ROBIN(Trait.WEIGHTED_ORDER),
  OUR_RANDOM(Trait.ORDER),
  OUR_WEIGHTED_RANDOM(Trait.WEIGHTED_ORDER),
  OUR_LEAST_REQUESTS(Trait.LOAD),
  OUR_TWO_CHOICES(Trait.LOAD),
  OUR_TWO_CHOICES_PEAK_EWMA(Trait.LOAD),
  OUR_RING_HASH(Trait.KEY),
  VERTX_ROUND_ROBIN(Trait.ORDER),
  VERTX_RANDOM(Trait.ORDER),
  VERTX_LEAST_REQUESTS(Trait.LOAD),
  VERTX_TWO_CHOICES(Trait.LOAD),
  VERTX_RING_HASH(Trait.KEY),
  ARMERIA_ROUND_ROBIN(Trait.ORDER),
  ARMERIA_WEIGHTED_ROUND_ROBIN(Trait.WEIGHTED_ORDER),
  ARMERIA_RAMPING_UP(Trait.WEIGHTED_ORDER),
  ARMERIA_STICKY(Trait.KEY),
  GRPC_ROUND_ROBIN(Trait.ORDER),
  GRPC_WEIGHTED_ROUND_ROBIN(Trait.WEIGHTED_ORDER),
  GRPC_TWO_CHOICES(Trait.LOAD),
  GRPC_RING_HASH(Trait.KEY),
  SPRING_ROUND_ROBIN(Trait.ORDER),
  SPRING_RANDOM(Trait.ORDER),
  SERVICETALK_ROUND_ROBIN(Trait.ORDER),
  SERVICETALK_TWO_CHOICES(Trait.LOAD),
  STORK_ROUND_ROBIN(Trait.ORDER),
  STORK_TWO_CHOICES(Trait.LOAD),
  STORK_LEAST_REQUESTS(Trait.LOAD),
  DUBBO_WEIGHTED_RANDOM(Trait.WEIGHTED_ORDER),
  DUBBO_WEIGHTED_ROUND_ROBIN(Trait.WEIGHTED_ORDER),
  DUBBO_LEAST_REQUESTS(Trait.LOAD),
  DUBBO_RING_HASH(Trait.KEY),
  RIBBON_ROUND_ROBIN(Trait.ORDER),
  RIBBON_WEIGHTED_RESPONSE_TIME(Trait.ORDER),
  RIBBON_ZONE_AVOIDANCE(Trait.ORDER),
  D2_RING_HASH(Trait.KEY),
  D2_MULTI_PROBE(Trait.KEY),
  FINAGLE_ROUND_ROBIN(Trait.ORDER),
  FINAGLE_TWO_CHOICES(Trait.LOAD),
  FINAGLE_TWO_CHOICES_PEAK_EWMA(Trait.LOAD),
  FINAGLE_LEAST_REQUESTS(Trait.LOAD);

  private final Trait trait;

  PeerPolicy(Trait trait) {
    this.trait = trait;
  }

  /** What it goes by. */
  Trait trait() {
    return trait;
  }

  /** A chooser with the weights that the benchmarks give it: 1 to 10 if it goes by them, else 1. */
  Chooser chooser(int endpoints) {
    int[] weights = new int[endpoints];
    Arrays.setAll(weights, i -> trait == Trait.WEIGHTED_ORDER ? 1 + i % 10 : 1);
    return chooser(endpoints, weights);
  }

  /**
   * A new chooser with the settings that its library has by default.
   *
   * @param weights one for each endpoint, above 0; libraries without weights do not look at them
   */
  Chooser chooser(int endpoints, int[] weights) {
    if (weights.length != endpoints) {
      throw new IllegalArgumentException(
          "weights: " + weights.length + " (expected: " + endpoints + ")");
    }
    return switch (this) {
      case OUR_DEFAULT -> OurPeer.of(IdleFirst.ofDefaults(), weights);
      case OUR_ROUND_ROBIN -> OurPeer.of(RoundRobin.of(), weights);
      case OUR_WEIGHTED_ROUND_ROBIN -> OurPeer.of(WeightedRoundRobin.of(), weights);
      case OUR_RANDOM -> OurPeer.of(RandomChoice.of(), weights);
      case OUR_WEIGHTED_RANDOM -> OurPeer.of(WeightedRandom.of(), weights);
      case OUR_LEAST_REQUESTS -> OurPeer.of(LeastLoad.requests(), weights);
      case OUR_TWO_CHOICES -> OurPeer.of(twoChoices(LoadMetric.inFlight()), weights);
      case OUR_TWO_CHOICES_PEAK_EWMA -> OurPeer.of(twoChoices(PeakEwma.ofDefaults()), weights);
      case OUR_RING_HASH -> OurPeer.hashing(RingHash.ofDefaults(), weights);
      case VERTX_ROUND_ROBIN -> new VertxPeer(LoadBalancer.ROUND_ROBIN, endpoints);
      case VERTX_RANDOM -> new VertxPeer(LoadBalancer.RANDOM, endpoints);
      case VERTX_LEAST_REQUESTS -> new VertxPeer(LoadBalancer.LEAST_REQUESTS, endpoints);
      case VERTX_TWO_CHOICES -> new VertxPeer(LoadBalancer.POWER_OF_TWO_CHOICES, endpoints);
      case VERTX_RING_HASH -> VertxPeer.consistentHash(endpoints);
      case ARMERIA_ROUND_ROBIN -> new ArmeriaPeer(EndpointSelectionStrategy.roundRobin(), weights);
      case ARMERIA_WEIGHTED_ROUND_ROBIN ->
          new ArmeriaPeer(EndpointSelectionStrategy.weightedRoundRobin(), weights);
      case ARMERIA_RAMPING_UP -> ArmeriaPeer.rampingUp(weights);
      case ARMERIA_STICKY -> ArmeriaPeer.sticky(weights);
      case GRPC_ROUND_ROBIN -> GrpcPeer.roundRobin(endpoints);
      case GRPC_WEIGHTED_ROUND_ROBIN -> GrpcPeer.weightedRoundRobin(weights);
      case GRPC_TWO_CHOICES -> GrpcPeer.leastRequest(endpoints);
      case GRPC_RING_HASH -> GrpcPeer.ringHash(endpoints);
      case SPRING_ROUND_ROBIN -> SpringPeer.roundRobin(endpoints);
      case SPRING_RANDOM -> SpringPeer.random(endpoints);
      case SERVICETALK_ROUND_ROBIN -> ServiceTalkPeer.roundRobin(endpoints);
      case SERVICETALK_TWO_CHOICES -> ServiceTalkPeer.twoChoices(endpoints);
      case STORK_ROUND_ROBIN -> StorkPeer.roundRobin(endpoints);
      case STORK_TWO_CHOICES -> StorkPeer.twoChoices(endpoints);
      case STORK_LEAST_REQUESTS -> StorkPeer.leastRequests(endpoints);
      case DUBBO_WEIGHTED_RANDOM -> DubboPeer.of(new RandomLoadBalance(), weights);
      case DUBBO_WEIGHTED_ROUND_ROBIN -> DubboPeer.of(new RoundRobinLoadBalance(), weights);
      case DUBBO_LEAST_REQUESTS -> DubboPeer.of(new LeastActiveLoadBalance(), weights);
      case DUBBO_RING_HASH -> DubboPeer.consistentHash(weights);
      case RIBBON_ROUND_ROBIN -> new RibbonPeer(new RoundRobinRule(), endpoints);
      case RIBBON_WEIGHTED_RESPONSE_TIME ->
          new RibbonPeer(new WeightedResponseTimeRule(), endpoints);
      case RIBBON_ZONE_AVOIDANCE -> new RibbonPeer(new ZoneAvoidanceRule(), endpoints);
      case D2_RING_HASH -> D2Peer.points(weights);
      case D2_MULTI_PROBE -> D2Peer.multiProbe(weights);
      case FINAGLE_ROUND_ROBIN -> FinaglePeer.roundRobin(endpoints);
      case FINAGLE_TWO_CHOICES -> FinaglePeer.twoChoices(endpoints);
      case FINAGLE_TWO_CHOICES_PEAK_EWMA -> FinaglePeer.twoChoicesPeakEwma(endpoints);
      case FINAGLE_LEAST_REQUESTS -> FinaglePeer.heap(endpoints);
    };
  }

  private static PowerOfChoices twoChoices(LoadMetric metric) {
    return PowerOfChoices.builder().choices(2).metric(metric).build();
  }

  /** What a policy goes by. */
  enum Trait {
    /** An order or lots, all endpoints alike. */
    ORDER,
    /** The same, with more for greater weights. */
    WEIGHTED_ORDER,
    /** What is in flight, and perhaps how long requests took. */
    LOAD,
    /** A key of the request. */
    KEY
  }
}
