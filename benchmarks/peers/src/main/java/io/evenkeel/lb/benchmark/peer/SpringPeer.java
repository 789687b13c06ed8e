package io.evenkeel.lb.benchmark.peer;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClientsProperties;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.loadbalancer.blocking.client.BlockingLoadBalancerClient;
import org.springframework.cloud.loadbalancer.core.RandomLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Spring Cloud LoadBalancer: {@code choose} over a static list, and {@code block} as its blocking
 * client does. What that client adds around it, which finds the balancer in the service's own
 * context, is in {@link #client} alone. It looks at no load.
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

  /** What applications ask: a {@code LoadBalancerClient}, here for a balancer with round robin. */
  static Supplier<ServiceInstance> client(int endpoints) {
    ReactorServiceInstanceLoadBalancer balancer =
        new RoundRobinLoadBalancer(supplier(endpoints), SERVICE);
    LoadBalancerClientFactory contexts =
        new LoadBalancerClientFactory(
            new LoadBalancerClientsProperties(),
            Map.of(
                SERVICE,
                context ->
                    context.registerBean(
                        ReactorServiceInstanceLoadBalancer.class, () -> balancer)));
    contexts.setApplicationContext(parent());
    LoadBalancerClient client = new BlockingLoadBalancerClient(contexts);
    return () -> requireNonNull(client.choose(SERVICE));
  }

  private static ApplicationContext parent() {
    GenericApplicationContext parent = new GenericApplicationContext();
    parent.refresh();
    return parent;
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
