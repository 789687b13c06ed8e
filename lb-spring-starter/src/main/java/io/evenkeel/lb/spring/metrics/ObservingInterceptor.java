package io.evenkeel.lb.spring.metrics;

import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.micrometer.CallObservations;
import io.evenkeel.lb.spring.LoadBalancers;
import io.micrometer.observation.Observation;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.util.function.SingletonSupplier;

/**
 * Observes each request to the name of a service, until its response is there. The failover behind
 * it finds the observation in the context that the request has as an attribute. Thread-safe.
 */
final class ObservingInterceptor implements ClientHttpRequestInterceptor {
  private static final Pattern PORT = Pattern.compile(":\\d*$");

  private final Supplier<LoadBalancers> balancers;
  private final Supplier<CallObservations> observations;

  /** Both are asked for with the first request, since what they need may need a client. */
  ObservingInterceptor(Supplier<LoadBalancers> balancers, Supplier<CallObservations> observations) {
    this.balancers = SingletonSupplier.of(balancers);
    this.observations = SingletonSupplier.of(observations);
  }

  @Override
  @SuppressWarnings("try") // a scope has nothing but its end
  public ClientHttpResponse intercept(
      HttpRequest request, byte[] body, ClientHttpRequestExecution execution) throws IOException {
    String service = service(request.getURI());
    Observation observation =
        service == null ? Observation.NOOP : observations.get().start(service);
    if (observation.isNoop()) {
      return execution.execute(request, body);
    }
    Map<String, Object> attributes = request.getAttributes();
    Object before = attributes.get(LoadBalancers.CONTEXT);
    RequestContext outer = before instanceof RequestContext known ? known : RequestContext.none();
    attributes.put(LoadBalancers.CONTEXT, CallObservations.context(outer, observation));
    try (Observation.Scope scope = observation.openScope()) {
      return execution.execute(request, body);
    } catch (IOException | RuntimeException | Error e) {
      observation.error(e);
      throw e;
    } finally {
      attributes.remove(LoadBalancers.CONTEXT);
      if (before != null) {
        attributes.put(LoadBalancers.CONTEXT, before);
      }
      observation.stop();
    }
  }

  /** {@link URI#getHost} is null for names with an underscore. */
  private @Nullable String service(URI uri) {
    String host = uri.getHost();
    if (host == null) {
      String authority = uri.getAuthority();
      host = authority == null ? "" : PORT.matcher(authority).replaceFirst("");
    }
    String name = host.toLowerCase(Locale.ROOT);
    return balancers.get().names().contains(name) ? name : null;
  }

  /** Puts it last, where only what balances comes after it. */
  void addTo(List<ClientHttpRequestInterceptor> interceptors) {
    interceptors.remove(this);
    interceptors.add(this);
  }
}
