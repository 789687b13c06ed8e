package io.evenkeel.lb.spring.cloud;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;

/**
 * An endpoint as Spring Cloud sees it, and the request that goes there: the instance is the one
 * thing that Spring Cloud hands from the choice to the end of a request, whatever the client.
 * Thread-safe.
 */
final class ChosenInstance implements ServiceInstance {
  private final String serviceId;
  private final Balancer balancer;
  private final Endpoint endpoint;
  private final @Nullable ChosenInstance before;
  private final AtomicReference<@Nullable Lease> lease;

  private ChosenInstance(
      String serviceId,
      Balancer balancer,
      Endpoint endpoint,
      @Nullable ChosenInstance before,
      @Nullable Lease lease) {
    this.serviceId = serviceId;
    this.balancer = balancer;
    this.endpoint = endpoint;
    this.before = before;
    this.lease = new AtomicReference<>(lease);
  }

  /** One that a request goes to. */
  static ChosenInstance leased(String serviceId, Balancer balancer, ChoiceContext context) {
    Lease lease = balancer.lease(context);
    return new ChosenInstance(serviceId, balancer, lease.endpoint(), context.before(), lease);
  }

  /** One that nobody may send anything to, or tell of it. */
  static ChosenInstance selected(String serviceId, Balancer balancer, ChoiceContext context) {
    Endpoint endpoint = balancer.select(context).endpoint();
    return new ChosenInstance(serviceId, balancer, endpoint, context.before(), null);
  }

  /** Whether this or an earlier attempt of its request went there. */
  boolean tried(Endpoint other) {
    for (ChosenInstance each = this; each != null; each = each.before) {
      if (each.endpoint.id().equals(other.id())) {
        return true;
      }
    }
    return false;
  }

  /**
   * A request goes there now. That it was chosen for has begun; others begin here, such as a second
   * one to the same instance.
   */
  void begin() {
    if (lease.get() != null) {
      return;
    }
    Lease begun;
    try {
      begun = balancer.lease(new Only(endpoint));
    } catch (NoEndpointException e) {
      return; // It goes there all the same, uncounted.
    }
    boolean here = begun.endpoint().id().equals(endpoint.id());
    if (!here || !lease.compareAndSet(null, begun)) {
      begun.end(Outcome.CANCELLED);
    }
  }

  /** The request has ended. */
  void end(Consumer<Lease> how) {
    Lease begun = lease.getAndSet(null);
    if (begun != null) {
      how.accept(begun);
    }
  }

  /** Nobody waits for the answer any more. */
  void cancelled() {
    end(begun -> begun.end(Outcome.CANCELLED));
  }

  @Override
  public String getServiceId() {
    return serviceId;
  }

  @Override
  public String getInstanceId() {
    return endpoint.id();
  }

  @Override
  public String getHost() {
    String host = endpoint.host();
    return host.indexOf(':') >= 0 ? '[' + host + ']' : host;
  }

  @Override
  public int getPort() {
    return endpoint.port();
  }

  @Override
  public boolean isSecure() {
    return endpoint.secure();
  }

  @Override
  public URI getUri() {
    return URI.create((isSecure() ? "https://" : "http://") + endpoint.authority());
  }

  /** With the facts that endpoints have fields for. */
  @Override
  public Map<String, String> getMetadata() {
    Map<String, String> metadata = new LinkedHashMap<>(endpoint.metadata());
    String zone = endpoint.zone();
    if (zone != null) {
      metadata.put("zone", zone);
    }
    metadata.put("weight", Double.toString(endpoint.weight()));
    metadata.put("priority", Integer.toString(endpoint.priority()));
    return metadata;
  }

  @Override
  public String toString() {
    return serviceId + '@' + endpoint;
  }

  private record Only(Endpoint endpoint) implements RequestContext {
    @Override
    public boolean tried(Endpoint other) {
      return !other.id().equals(endpoint.id());
    }
  }
}
