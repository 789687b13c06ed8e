package io.evenkeel.lb.spring.cloud;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.spring.ServiceAccess;
import io.evenkeel.lb.spring.ServiceAccessFactory;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultResponse;
import org.springframework.cloud.client.loadbalancer.EmptyResponse;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Chooses the instances of one service for Spring Cloud LoadBalancer. Thread-safe. */
final class EvenkeelLoadBalancer implements ReactorServiceInstanceLoadBalancer, AutoCloseable {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.spring.cloud");

  private final String serviceId;
  private final CloudSettings settings;
  private final ServiceAccessFactory services;
  private final ObjectProvider<ServiceInstanceListSupplier> suppliers;
  private final ReentrantLock opening = new ReentrantLock();
  private volatile @Nullable ServiceAccess opened;

  EvenkeelLoadBalancer(
      String serviceId,
      CloudSettings settings,
      ServiceAccessFactory services,
      ObjectProvider<ServiceInstanceListSupplier> suppliers) {
    this.serviceId = serviceId;
    this.settings = settings;
    this.services = services;
    this.suppliers = suppliers;
  }

  @Override
  @SuppressWarnings("rawtypes") // as in the interface
  public Mono<Response<ServiceInstance>> choose(Request request) {
    return Mono.defer(
        () -> {
          ServiceAccess service = opened();
          Mono<Response<ServiceInstance>> choice = Mono.defer(() -> choice(service, request));
          if (!service.balancer().endpoints().isEmpty()) {
            return choice;
          }
          // Who waits may give up, but not for the others; and it must not hold up who delivers.
          return Mono.fromFuture(service.ready().toCompletableFuture(), true)
              .publishOn(Schedulers.parallel())
              .then()
              .onErrorComplete(NoEndpointException.class)
              .then(choice);
        });
  }

  /** Opened with the first request, since other parts of its context may need this one. */
  private ServiceAccess opened() {
    ServiceAccess service = opened;
    return service == null ? open() : service;
  }

  private ServiceAccess open() {
    opening.lock();
    try {
      ServiceAccess service = opened;
      if (service == null) {
        service =
            services.isNamed(serviceId)
                ? services.open(serviceId)
                : services.open(
                    serviceId,
                    settings.asEvenkeel(),
                    InstanceLists.of(
                        suppliers.getIfAvailable(), settings, services.hasDiscovery()));
        opened = service;
      }
      return service;
    } finally {
      opening.unlock();
    }
  }

  private Mono<Response<ServiceInstance>> choice(ServiceAccess service, Request<?> request) {
    Balancer balancer = service.balancer();
    ChoiceContext context = ChoiceContext.of(request, service, settings);
    ChosenInstance chosen;
    try {
      chosen =
          context.willBeSent()
              ? ChosenInstance.leased(serviceId, balancer, context)
              : ChosenInstance.selected(serviceId, balancer, context);
    } catch (NoEndpointException e) {
      LOG.log(WARNING, () -> serviceId + " has no endpoint for a request: " + e.getMessage());
      return Mono.just(new EmptyResponse());
    }
    // Of a WebClient whose call is given up Spring Cloud hears nothing, but this does: cancelling
    // goes through to what the instance came from.
    return Mono.<Response<ServiceInstance>>just(new DefaultResponse(chosen))
        .doOnCancel(chosen::cancelled);
  }

  @Override
  public void close() {
    ServiceAccess service = opened;
    if (service != null) {
      service.close();
    }
  }
}
