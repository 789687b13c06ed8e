package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNullElse;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.spring.ServiceProperties.Affinity;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes services of what properties say and beans add. */
final class ServiceBuilder {
  /** What a balancer knows nothing of, so that another failover over the same one will do. */
  private static final Set<String> OF_CALLS =
      Set.of(
          "affinity",
          "failover.deadline",
          "failover.attempt-timeout",
          "failover.deadline-header",
          "failover.attempts",
          "failover.idempotent",
          "failover.backoff",
          "failover.budget",
          "failover.hedging",
          "failover.throttle",
          "failover.resilience4j.retry",
          "failover.resilience4j.rate-limiter",
          "failover.resilience4j.time-limiter");

  private final Sources sources;
  private final Strategies strategies;
  private final Judges judges;
  private final Registries registries;
  private final List<BalancerCustomizer> balancers;
  private final List<FailoverCustomizer> failovers;

  ServiceBuilder(
      Sources sources,
      Strategies strategies,
      Judges judges,
      Registries registries,
      List<BalancerCustomizer> balancers,
      List<FailoverCustomizer> failovers) {
    this.sources = sources;
    this.strategies = strategies;
    this.judges = judges;
    this.registries = registries;
    this.balancers = balancers;
    this.failovers = failovers;
  }

  /**
   * What a service is to become.
   *
   * @param service whose name is the host in URLs
   * @param written the same as beans and properties have it
   * @param before what the service is now; null if it is new
   * @return null if it stays what it is
   * @throws SettingException if a setting is refused; then nothing is left of it
   */
  @Nullable Draft draft(
      PresentService service,
      String written,
      Layer<ServiceProperties> settings,
      @Nullable Service before) {
    Effective effective = Strategies.effective(settings);
    if (before == null) {
      return anew(service, written, settings, effective, null);
    }
    SortedSet<String> changed = before.settings().changed(effective);
    if (changed.isEmpty()) {
      return null;
    }
    if (changed.stream().allMatch(ServiceBuilder::isOfCalls)) {
      return Draft.ofCalls(service, before, calls(service, settings, effective, before));
    }
    if (before.backing().given() != null
        && changed.stream().allMatch(each -> isOfCalls(each) || each.equals("endpoints"))
        && sources.of(written, settings) instanceof GivenEndpoints others) {
      return Draft.ofEndpoints(
          service, before, calls(service, settings, effective, before), others.get());
    }
    return anew(service, written, settings, effective, before);
  }

  private static boolean isOfCalls(String name) {
    return OF_CALLS.stream().anyMatch(each -> name.equals(each) || name.startsWith(each + '.'));
  }

  private Draft anew(
      PresentService service,
      String written,
      Layer<ServiceProperties> settings,
      Effective effective,
      @Nullable Service before) {
    BalancerBuilder builder = Balancer.builder(service.name());
    EndpointSource source = sources.of(written, settings);
    GivenEndpoints given = source instanceof GivenEndpoints listed ? listed : null;
    EndpointSet known = before == null ? EndpointSet.of() : before.backing().balancer().endpoints();
    builder.source(given != null || known.isEmpty() ? source : new KnownEndpoints(known, source));
    builder.strategy(strategies.of(settings));
    ServiceProperties said = settings.said();
    settings.set("panicThreshold", said.panicThreshold(), builder::panicThreshold);
    settings.set("leaseLimit", said.leaseLimit(), builder::leaseLimit);
    List<AutoCloseable> owned = new ArrayList<>();
    try {
      judge(builder, settings, owned);
      balancers.forEach(each -> each.customize(service.name(), builder));
      return Draft.ofBalancer(
          service,
          before,
          calls(service, settings, effective, before),
          new Draft.Plan(builder, given, List.copyOf(owned)));
    } catch (RuntimeException | Error e) {
      Backing.close(owned);
      throw e;
    }
  }

  private Function<Backing, Service> calls(
      PresentService service,
      Layer<ServiceProperties> settings,
      Effective effective,
      @Nullable Service before) {
    Layer<FailoverProperties> failover = settings.in("failover", FailoverProperties.class);
    String header = failover.said().deadlineHeader();
    failover.set("deadlineHeader", header, HttpOutcomes::expectToken);
    Calls.Live live =
        before == null
            ? Calls.live(failover, null, Set.of())
            : Calls.live(failover, before.live(), before.settings().changed(effective));
    FailoverBuilder calls = Calls.of(service, failover, live, registries);
    failovers.forEach(each -> each.customize(service.name(), calls));
    Failover made = calls.build();
    AffinityOfRequests affinity = AffinityOfRequests.of(settings.in("affinity", Affinity.class));
    return backing -> new Service(service, backing, made, live, affinity, header, effective);
  }

  private void judge(
      BalancerBuilder builder, Layer<ServiceProperties> settings, List<AutoCloseable> owned) {
    List<HealthPolicy> policies = new ArrayList<>();
    Layer<HealthProperties> health = settings.in("health", HealthProperties.class);
    if (requireNonNullElse(health.said().enabled(), true)) {
      policies.add(judges.of(health, owned::add));
    }
    policies.addAll(Gates.of(settings.in("failover", FailoverProperties.class), registries));
    if (!policies.isEmpty()) {
      builder.health(
          policies.get(0), policies.subList(1, policies.size()).toArray(HealthPolicy[]::new));
    }
  }
}
