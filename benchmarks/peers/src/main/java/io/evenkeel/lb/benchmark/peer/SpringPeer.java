package io.evenkeel.lb.benchmark.peer;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.loadbalancer.core.RandomLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Spring Cloud LoadBalancer: {@code choose} over a static list, and {@code block} as its blocking
 * client does. What that client adds around it (a context for each service, life cycles) is not
 * included. It looks at no load.
 */
final class SpringPeer implements Chooser {
  private static final String SERVICE = "peer";

  private final Request<?> request = new DefaultRequest<>();
  private final ReactorServiceInstanceLoadBalancer balancer;

  private SpringPeer(ReactorServiceInstanceLoadBalancer balancer) {
    this.balancer = balancer;
  }

  static Chooser roundRobin(int endpoints) {
    return new SpringPeer(new RoundRobinLoadBalancer(supplier(endpoints), SERVICE));
  }

  static Chooser random(int endpoints) {
    return new SpringPeer(new RandomLoadBalancer(supplier(endpoints), SERVICE));
  }

  @Override
  public int choose(long key) {
    Response<ServiceInstance> response =
        requireNonNull(Mono.from(balancer.choose(request)).block());
    return ((Instance) requireNonNull(response.getServer())).index;
  }

  private static ObjectProvider<ServiceInstanceListSupplier> supplier(int endpoints) {
    List<ServiceInstance> instances = new ArrayList<>();
    for (int i = 0; i < endpoints; i++) {
      instances.add(new Instance(i));
    }
    return supplier(SERVICE, instances);
  }

  /** What Spring's balancers ask for a service whose instances never change. */
  static ObjectProvider<ServiceInstanceListSupplier> supplier(
      String service, List<ServiceInstance> instances) {
    Flux<List<ServiceInstance>> list = Flux.just(List.copyOf(instances));
    ServiceInstanceListSupplier supplier =
        new ServiceInstanceListSupplier() {
          @Override
          public String getServiceId() {
            return service;
          }

          @Override
          public Flux<List<ServiceInstance>> get() {
            return list;
          }
        };
    return new ObjectProvider<>() {
      @Override
      public ServiceInstanceListSupplier getObject() {
        return supplier;
      }
    };
  }

  private static final class Instance extends DefaultServiceInstance {
    final int index;

    Instance(int index) {
      super(Integer.toString(index), SERVICE, "10.0.0.1", 1 + index, false);
      this.index = index;
    }
  }
}
