package io.evenkeel.lb.benchmark.peer;

import io.smallrye.mutiny.Uni;
import io.smallrye.stork.api.LoadBalancer;
import io.smallrye.stork.api.ServiceDiscovery;
import io.smallrye.stork.api.ServiceInstance;
import io.smallrye.stork.impl.DefaultServiceInstance;
import io.smallrye.stork.impl.RoundRobinLoadBalancer;
import io.smallrye.stork.loadbalancer.poweroftwochoices.PowerOfTwoChoicesConfiguration;
import io.smallrye.stork.loadbalancer.poweroftwochoices.PowerOfTwoChoicesLoadBalancerProvider;
import io.smallrye.stork.loadbalancer.requests.LeastRequestsLoadBalancer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * SmallRye Stork: {@code selectServiceInstance} over a list. What a {@code Service} adds around it
 * (discovery, a semaphore, a {@code Uni}) is not included.
 */
final class StorkPeer implements Chooser {
  private static final ServiceDiscovery NO_DISCOVERY = () -> Uni.createFrom().item(List.of());

  private final LoadBalancer balancer;
  private final List<ServiceInstance> instances = new ArrayList<>();

  // As the balancer gives them out: they count its requests. One a server does for all requests,
  // since only the number of its requests is looked at.
  private final List<ServiceInstance> counting = new ArrayList<>();

  private StorkPeer(LoadBalancer balancer, int endpoints) {
    this.balancer = balancer;
    for (int i = 0; i < endpoints; i++) {
      ServiceInstance instance = new DefaultServiceInstance(i, "10.0.0.1", 1 + i, false);
      instances.add(instance);
      // Twice, because two choices give an only instance out as it is.
      counting.add(balancer.selectServiceInstance(List.of(instance, instance)));
    }
  }

  static Chooser roundRobin(int endpoints) {
    return new StorkPeer(new RoundRobinLoadBalancer(), endpoints);
  }

  static Chooser twoChoices(int endpoints) {
    return new StorkPeer(
        new PowerOfTwoChoicesLoadBalancerProvider()
            .createLoadBalancer(new PowerOfTwoChoicesConfiguration(Map.of()), NO_DISCOVERY),
        endpoints);
  }

  static Chooser leastRequests(int endpoints) {
    return new StorkPeer(new LeastRequestsLoadBalancer(), endpoints);
  }

  @Override
  public int choose(long key) {
    return (int) balancer.selectServiceInstance(instances).getId();
  }

  @Override
  public void begun(int index) {
    ServiceInstance instance = counting.get(index);
    if (instance.gatherStatistics()) {
      instance.recordStart(true);
    }
  }

  @Override
  public void ended(int index, long latencyNanos, boolean failed) {
    ServiceInstance instance = counting.get(index);
    if (instance.gatherStatistics()) {
      instance.recordReply();
      instance.recordEnd(failed ? new IllegalStateException() : null);
    }
  }
}
