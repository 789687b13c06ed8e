package io.evenkeel.lb.spring;

import static java.lang.System.Logger.Level.INFO;
import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.failover.Failover;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;

/**
 * The balancers and failovers of an application, by the names of its services. A bean; thread-safe.
 *
 * <pre>{@code
 * int status =
 *     balancers
 *         .failover("orders")
 *         .call(CallContext.idempotent(), endpoint -> get("http://" + endpoint.authority()));
 * }</pre>
 *
 * <p>They are closed with the application context, once requests that were in flight have ended or
 * {@code evenkeel.drain-timeout} is over.
 */
public final class LoadBalancers implements AutoCloseable {
  /**
   * The name of an attribute of a request that holds a {@link io.evenkeel.lb.RequestContext}: what
   * a strategy or a failover is to know of it, beside what can be seen.
   *
   * <pre>{@code
   * String article =
   *     restClient
   *         .post()
   *         .uri("http://orders/17/price")
   *         .attribute(LoadBalancers.CONTEXT, CallContext.idempotent())
   *         .retrieve()
   *         .body(String.class);
   * }</pre>
   */
  public static final String CONTEXT = "io.evenkeel.lb.RequestContext";

  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.spring");

  private final Supplier<EvenkeelProperties> environment;
  private final Set<String> named;
  private final ServiceBuilder builder;
  private final ApplicationEventPublisher events;
  private final Leaving leaving;
  private final ReentrantLock changing = new ReentrantLock();

  /** All that there have ever been: who still holds one that is back finds it working. */
  private final Map<String, PresentService> known = new HashMap<>();

  /** Those that nobody has named, which are set up as the defaults say. */
  private final List<Unnamed> unnamed = new ArrayList<>();

  // Written under the lock.
  private volatile Map<String, PresentService> services = Map.of();
  private volatile EvenkeelProperties properties;
  private volatile boolean closed;

  /**
   * Makes all services.
   *
   * @param environment what properties say when it is asked
   * @param named services of which properties need not say anything
   * @throws SettingException if a setting is refused; then nothing is left of any
   */
  LoadBalancers(
      EvenkeelProperties properties,
      Supplier<EvenkeelProperties> environment,
      Set<String> named,
      ServiceBuilder builder,
      ApplicationEventPublisher events) {
    this.properties = properties;
    this.environment = environment;
    this.named = Set.copyOf(named);
    this.builder = builder;
    this.events = events;
    this.leaving = new Leaving(properties.drainTimeout());
    var unused = change(properties, new ArrayList<>());
  }

  private record Unnamed(
      PresentService service,
      String written,
      @Nullable ServiceProperties own,
      ServiceBuilder builder) {}

  /**
   * Reads the properties under {@code evenkeel} again and takes over what has changed in {@code
   * services}, {@code defaults} and {@code discovery.services}. Applications with Spring Cloud need
   * not call it: there it is called when the environment has changed.
   *
   * <ul>
   *   <li>A service of which nothing has changed goes on as it is.
   *   <li>Where only its listed endpoints have changed, its balancer is given the others: those
   *       that stay keep their counts, latencies and health. Where only its calls have (deadlines,
   *       retries, hedges, the throttle, affinity), the balancer stays as it is.
   *   <li>Otherwise the service has another balancer, which begins with the endpoints that are
   *       known. Requests that are in flight end where they are.
   *   <li>New services are added, and their first endpoints waited for as when the application
   *       starts. One that is gone is closed when its requests in flight have ended or {@code
   *       evenkeel.drain-timeout} is over.
   * </ul>
   *
   * <p>A {@link Balancer} and a {@link Failover} that were had from here before are those of the
   * service as it is now; calls that are under way go on by the settings with which they have
   * begun, and make their next attempt where the service is now. Of several calls of this method
   * one waits for the other.
   *
   * @return what has changed, for people: a line for each service, and for each property that takes
   *     effect with the next start only. Each is logged as well
   * @throws RuntimeException if a property is not known or is refused; it says which, and nothing
   *     has changed
   */
  public List<String> refresh() {
    List<String> changes;
    List<Service> added = new ArrayList<>();
    changing.lock();
    try {
      if (closed) {
        return List.of();
      }
      changes = change(environment.get(), added);
    } finally {
      changing.unlock();
    }
    StartAndStop.awaitEndpoints(added, properties.startTimeout());
    if (!changes.isEmpty()) {
      changes.forEach(each -> LOG.log(INFO, each));
      events.publishEvent(new LoadBalancersRefreshedEvent(this, changes));
    }
    return changes;
  }

  private List<String> change(EvenkeelProperties next, List<Service> added) {
    Map<String, PresentService> after = new LinkedHashMap<>();
    List<Draft> drafts = new ArrayList<>();
    try {
      for (Wanted each : Wanted.of(next, named)) {
        PresentService service = known.getOrDefault(each.host(), new PresentService(each.host()));
        after.put(each.host(), service);
        Layer<ServiceProperties> settings = Layer.of(each.written(), each.own(), next.defaults());
        Service before = services.containsKey(each.host()) ? service.service() : null;
        add(drafts, builder.draft(service, each.written(), settings, before));
      }
      for (Unnamed each : unnamed) {
        Layer<ServiceProperties> settings = Layer.of(each.written(), each.own(), next.defaults());
        Service before = each.service().service();
        add(drafts, each.builder().draft(each.service(), each.written(), settings, before));
      }
      for (Draft draft : drafts) {
        Service made = draft.start();
        if (draft.isNew()) {
          added.add(made);
        }
      }
    } catch (RuntimeException | Error e) {
      drafts.forEach(Draft::discard);
      throw e;
    }
    return commit(drafts, after, next);
  }

  private static void add(List<Draft> drafts, @Nullable Draft draft) {
    if (draft != null) {
      drafts.add(draft);
    }
  }

  /** Nothing is refused from here on. */
  private List<String> commit(
      List<Draft> drafts, Map<String, PresentService> after, EvenkeelProperties next) {
    drafts.forEach(draft -> draft.commit(leaving));
    List<String> changes = new ArrayList<>();
    drafts.forEach(draft -> changes.add(draft.toString()));
    Map<String, PresentService> before = services;
    known.putAll(after);
    services = Collections.unmodifiableMap(after);
    before.forEach(
        (name, service) -> {
          if (!after.containsKey(name)) {
            leaving.removed(service.service());
            changes.add(name + ": removed");
          }
        });
    changes.addAll(withTheNextStart(properties, next));
    properties = next;
    return List.copyOf(changes);
  }

  private static List<String> withTheNextStart(
      EvenkeelProperties before, EvenkeelProperties after) {
    Effective now = Effective.of(after);
    Effective then = Effective.of(before);
    return then.changed(now).stream()
        .filter(name -> !name.startsWith("defaults.") && !name.equals("services"))
        .filter(name -> !name.equals("discovery.services"))
        .map(name -> "evenkeel." + then.change(name, now) + " (with the next start)")
        .toList();
  }

  /**
   * Makes a service that nobody has named, which follows the defaults. Who opens it closes it.
   *
   * @throws SettingException if a setting is refused; then nothing is left of it
   */
  PresentService open(String written, @Nullable ServiceProperties own, ServiceBuilder builder) {
    changing.lock();
    try {
      PresentService service = new PresentService(written.toLowerCase(Locale.ROOT));
      Draft draft =
          requireNonNull(
              builder.draft(service, written, Layer.of(written, own, properties.defaults()), null));
      try {
        Service unused = draft.start();
      } catch (RuntimeException | Error e) {
        draft.discard();
        throw e;
      }
      draft.commit(leaving);
      unnamed.add(new Unnamed(service, written, own, builder));
      return service;
    } finally {
      changing.unlock();
    }
  }

  /** Closes one of those. */
  void close(PresentService service) {
    changing.lock();
    try {
      unnamed.removeIf(each -> each.service().equals(service));
      service.close();
    } finally {
      changing.unlock();
    }
  }

  /** The names of all services, in lower case; none once they are closed. */
  public Set<String> names() {
    return closed ? Set.of() : services.keySet();
  }

  /**
   * The balancer of a service. It stays the same object, whatever is set of the service. Who closes
   * it closes the service for all.
   *
   * @throws IllegalArgumentException if there is no such service
   */
  public Balancer balancer(String name) {
    return present(name);
  }

  /**
   * What makes calls to a service that fail over. It stays the same object, and makes each call as
   * is set of the service when the call begins.
   *
   * @throws IllegalArgumentException if there is no such service
   */
  public Failover failover(String name) {
    return present(name).failover();
  }

  /** The service of this name. */
  PresentService present(String name) {
    PresentService found = lookUp(name);
    if (found == null) {
      throw new IllegalArgumentException("name: " + name + " (expected: one of " + names() + ")");
    }
    return found;
  }

  private @Nullable PresentService lookUp(String host) {
    PresentService found = services.get(host);
    return found != null ? found : services.get(host.toLowerCase(Locale.ROOT));
  }

  /** The service with this host; null if there is none. */
  @Nullable Service find(@Nullable String host) {
    PresentService found = host == null ? null : lookUp(host);
    return found == null ? null : found.service();
  }

  /** All of them, in the order of their names. */
  List<Service> services() {
    return services.values().stream().map(PresentService::service).toList();
  }

  /** All in which requests are in flight, with those that were replaced or removed. */
  List<Leaving.Busy> busy() {
    Stream<Leaving.Busy> present =
        services().stream()
            .filter(each -> each.inFlight() > 0)
            .map(each -> new Leaving.Busy(each.name(), each::inFlight));
    return Stream.concat(present, leaving.busy()).toList();
  }

  /** Closes all balancers. Further calls do nothing. */
  @Override
  public void close() {
    changing.lock();
    try {
      closed = true;
      services.values().forEach(PresentService::close);
      leaving.close();
    } finally {
      changing.unlock();
    }
  }

  @Override
  public String toString() {
    return "LoadBalancers" + services.keySet();
  }
}
