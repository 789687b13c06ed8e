package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.Explanation;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.spring.LoadBalancers;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * What the health endpoint says of services. One that has nothing to choose is {@code UNREACHABLE},
 * which Spring Boot does not reckon with: restarting this application would not mend another. Those
 * that are required are {@code OUT_OF_SERVICE} then. Thread-safe.
 */
final class ServicesHealth implements CompositeHealthContributor {
  static final Status UNREACHABLE = new Status("UNREACHABLE", "no endpoint may be used");

  private final LoadBalancers balancers;
  private final Set<String> required;

  /**
   * Says it of all services.
   *
   * @param required names of services without which the application is not ready
   */
  ServicesHealth(LoadBalancers balancers, Set<String> required) {
    this.balancers = balancers;
    this.required = required;
  }

  @Override
  public @Nullable HealthIndicator getContributor(String name) {
    return balancers.names().contains(name) ? indicator(name) : null;
  }

  @Override
  public Stream<HealthContributors.Entry> stream() {
    return balancers.names().stream()
        .map(name -> new HealthContributors.Entry(name, indicator(name)));
  }

  private HealthIndicator indicator(String name) {
    return () -> of(name);
  }

  private Health of(String name) {
    Explanation now = balancers.balancer(name).explain(RequestContext.none());
    Status status = Status.UP;
    if (now.refusal() != null) {
      status = required.contains(name) ? Status.OUT_OF_SERVICE : UNREACHABLE;
    }
    return Health.status(status)
        .withDetail("endpoints", now.candidates().size())
        .withDetail(
            "inService", now.candidates().stream().filter(each -> each.exclusion() == null).count())
        .build();
  }
}
