package io.evenkeel.lb.spring.actuator;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * The actuator endpoint {@code loadbalancers}: what the balancers and failovers of an application
 * do now.
 *
 * <p>{@code GET /actuator/loadbalancers} is a line for each service, {@code
 * /actuator/loadbalancers/orders} all of one service with its endpoints and last events, {@code
 * /actuator/loadbalancers/orders?key=alice} where requests with that affinity would go. Nothing of
 * it changes anything. Numbers have their unit in their name; what does not apply is left out.
 *
 * <p>What has ended is counted in whole spans of five seconds.
 */
@Endpoint(id = LoadBalancersEndpoint.ID)
public final class LoadBalancersEndpoint {
  static final String ID = "loadbalancers";

  private final Services services;
  private final Seeds seeds;

  LoadBalancersEndpoint(Services services, Seeds seeds) {
    this.services = services;
    this.seeds = seeds;
  }

  /** All services, without their endpoints and events. */
  record All(List<ServiceView> services) implements OperationResponseBody {}

  @ReadOperation
  All all() {
    return new All(services.picture().services().stream().map(ServiceView::summary).toList());
  }

  /**
   * One service.
   *
   * @return null, which is a 404, if there is none of this name; a {@link KeyView} if a key is
   *     given
   */
  @ReadOperation
  @Nullable Object one(@Selector String service, @Nullable String key) {
    String name = service.toLowerCase(Locale.ROOT);
    ServiceView view = services.service(name);
    return view == null || key == null
        ? view
        : KeyView.of(services.balancer(name), key, seeds.affinity(name, key));
  }
}
