package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Explanation;
import io.evenkeel.lb.Explanation.Candidate;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.health.EndpointHealth;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.health.HealthState;
import io.evenkeel.lb.spring.LoadBalancers;
import io.evenkeel.lb.spring.actuator.ServiceView.Budget;
import io.evenkeel.lb.spring.actuator.ServiceView.Calls;
import io.evenkeel.lb.spring.actuator.ServiceView.EndpointView;
import io.evenkeel.lb.spring.actuator.ServiceView.Lately;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Looks at services as they are now. Thread-safe; a look costs far more than a choice. */
final class Services {
  private static final int SPANS_IN_TEN_SECONDS = 10 / Traffic.SPAN_SECONDS;
  private static final String REFUSED = "refused";
  private static final Traffic.Sum NOTHING = new Traffic.Sum(0, 0, Double.NaN, Double.NaN);

  private final LoadBalancers balancers;
  private final Recorder recorder;
  private final HealthRegistry health;
  private final InstantSource wall;

  Services(LoadBalancers balancers, Recorder recorder, HealthRegistry health, InstantSource wall) {
    this.balancers = balancers;
    this.recorder = recorder;
    this.health = health;
    this.wall = wall;
  }

  /** All services, all by the same five seconds. */
  Picture picture() {
    long span = recorder.clock().span();
    Instant now = wall.instant();
    return new Picture(
        span,
        now,
        balancers.names().stream()
            .map(name -> view(name, span, now))
            .filter(Objects::nonNull)
            .toList());
  }

  /**
   * The last five minutes in spans of five seconds, without those at the beginning in which nothing
   * ended.
   *
   * @param endpoint null for the whole service
   * @param failures how many there were in each span
   * @param latencyP99Millis null where nothing has a latency
   */
  record History(
      String service,
      @Nullable String endpoint,
      List<@Nullable Double> requestsPerSecond,
      List<Integer> failures,
      List<@Nullable Double> latencyP99Millis) {}

  /**
   * All services at a moment.
   *
   * @param span the number of the five seconds that are under way
   */
  record Picture(long span, Instant now, List<ServiceView> services) {}

  /** A service; null if there is none of this name. */
  @Nullable ServiceView service(String name) {
    return balancers.names().contains(name)
        ? view(name, recorder.clock().span(), wall.instant())
        : null;
  }

  Balancer balancer(String name) {
    return balancers.balancer(name);
  }

  /** The minutes before a picture, of each service and each of its endpoints. */
  List<History> histories(Picture picture) {
    List<History> histories = new ArrayList<>();
    for (ServiceView service : picture.services()) {
      ServiceLog log = recorder.log(service.name());
      histories.add(history(service.name(), null, log.attempts, picture.span()));
      for (EndpointView endpoint : service.endpoints()) {
        Traffic traffic = log.traffic(endpoint.id());
        if (traffic != null) {
          histories.add(history(service.name(), endpoint.id(), traffic, picture.span()));
        }
      }
    }
    return histories;
  }

  private static History history(
      String service, @Nullable String endpoint, Traffic traffic, long span) {
    List<@Nullable Double> rates = new ArrayList<>();
    List<Integer> failures = new ArrayList<>();
    List<@Nullable Double> latencies = new ArrayList<>();
    for (long i = Math.max(0, span - Traffic.HISTORY); i < span; i++) {
      Span.Point point = traffic.point(i);
      if (point != null || !rates.isEmpty()) {
        rates.add(
            point == null
                ? Double.valueOf(0)
                : Rounded.of(1.0 * point.requests() / Traffic.SPAN_SECONDS));
        failures.add(point == null ? 0 : point.failures());
        latencies.add(point == null ? null : Rounded.millis(point.p99Nanos()));
      }
    }
    return new History(service, endpoint, rates, failures, latencies);
  }

  private @Nullable ServiceView view(String name, long span, Instant now) {
    Failover failover;
    try {
      failover = balancers.failover(name);
    } catch (IllegalArgumentException gone) {
      return null; // Settings may have taken it just then.
    }
    Balancer balancer = failover.balancer();
    ServiceLog log = recorder.log(name);
    Explanation explanation = balancer.explain(RequestContext.none());
    Map<String, EndpointHealth> judged = new HashMap<>();
    health.endpoints(name).forEach(each -> judged.put(each.endpoint().id(), each));
    Map<String, GateView> gates = GateView.of(balancer);
    double weights = explanation.candidates().stream().mapToDouble(Candidate::weight).sum();
    Map<String, Traffic.Sum> minutes = new HashMap<>();
    for (Candidate each : explanation.candidates()) {
      String id = each.endpoint().id();
      minutes.put(id, sum(log.traffic(id), span, Traffic.SPANS_IN_MINUTE));
    }
    long requests = minutes.values().stream().mapToLong(Traffic.Sum::requests).sum();
    List<EndpointView> endpoints =
        explanation.candidates().stream()
            .map(
                each ->
                    new Look(
                            each,
                            judged.get(each.endpoint().id()),
                            gates.getOrDefault(each.endpoint().id(), GateView.NONE),
                            explanation.nowNanos(),
                            now)
                        .view(
                            log.traffic(each.endpoint().id()),
                            span,
                            minutes.getOrDefault(each.endpoint().id(), NOTHING),
                            requests,
                            weights))
            .toList();
    return new ServiceView(
        name,
        Printed.line(explanation.strategy()),
        explanation.panic(),
        explanation.refusal() == null ? null : Printed.line(explanation.refusal().getMessage()),
        Rounded.percent(balancer.capacity()),
        endpoints.size(),
        (int) endpoints.stream().filter(EndpointView::inService).count(),
        endpoints.stream().mapToInt(EndpointView::inFlight).sum(),
        Lately.of(log.attempts.before(span, 1), Traffic.SPAN_SECONDS),
        Lately.of(log.attempts.before(span, Traffic.SPANS_IN_MINUTE), 60),
        new Calls(
            failover.deadline().toMillis(),
            Lately.of(log.calls.before(span, 1), Traffic.SPAN_SECONDS),
            Lately.of(log.calls.before(span, Traffic.SPANS_IN_MINUTE), 60)),
        budget(failover, log, span),
        endpoints,
        log.events.entries());
  }

  private static Budget budget(Failover failover, ServiceLog log, long span) {
    double left = failover.retriesLeft();
    long retries = log.retries.before(span, SPANS_IN_TEN_SECONDS).requests();
    long hedges = log.hedges.before(span, SPANS_IN_TEN_SECONDS).requests();
    boolean unlimited = !(left < Long.MAX_VALUE);
    return new Budget(
        unlimited,
        unlimited ? null : Rounded.of(left),
        unlimited ? null : Rounded.percent(left, left + retries + hedges),
        retries,
        hedges);
  }

  private static Traffic.Sum sum(@Nullable Traffic traffic, long span, int count) {
    return traffic == null ? NOTHING : traffic.before(span, count);
  }

  /**
   * At an endpoint.
   *
   * @param judged null where nobody judges
   * @param nowNanos by the balancer's ticker
   */
  private record Look(
      Candidate candidate,
      @Nullable EndpointHealth judged,
      GateView gates,
      long nowNanos,
      Instant now) {
    EndpointView view(
        @Nullable Traffic traffic,
        long span,
        Traffic.Sum minute,
        long requestsOfAll,
        double weightsOfAll) {
      Endpoint endpoint = candidate.endpoint();
      return new EndpointView(
          endpoint.id(),
          endpoint.authority(),
          endpoint.secure(),
          endpoint.zone(),
          endpoint.priority(),
          endpoint.weight(),
          state(),
          candidate.exclusion() == null,
          why(),
          judged == null ? null : at(judged.sinceNanos()),
          judged == null || judged.untilNanos().isEmpty()
              ? null
              : at(judged.untilNanos().getAsLong()),
          Rounded.percent(candidate.health()),
          candidate.inFlight(),
          Rounded.of(candidate.load()),
          Rounded.percent(candidate.weight(), weightsOfAll),
          Rounded.percent((double) minute.requests(), (double) requestsOfAll),
          Lately.of(sum(traffic, span, 1), Traffic.SPAN_SECONDS),
          Lately.of(minute, 60),
          traffic == null ? 0 : traffic.requests(),
          traffic == null ? 0 : traffic.failures(),
          judged == null ? 0 : judged.ejections(),
          gates,
          checks(),
          judged == null ? List.of() : judged.suspicions().stream().map(Printed::line).toList());
    }

    /** Refused is what health lets through and something else does not, such as a breaker. */
    private String state() {
      if (judged == null && candidate.endpoint().weight() == 0) {
        return ServiceLog.word(HealthState.DRAINING);
      }
      if (judged != null && !judged.state().isInService()) {
        return ServiceLog.word(judged.state());
      }
      if (!(candidate.health() > 0)) {
        return REFUSED;
      }
      return ServiceLog.word(judged == null ? HealthState.UP : judged.state());
    }

    private String why() {
      String gate = gates.why();
      if (state().equals(REFUSED)) {
        return gate.isEmpty() ? "a policy of the application gives it nothing" : gate;
      }
      String own = candidate.endpoint().weight() == 0 ? "weight 0" : "";
      if (judged != null) {
        own = Printed.line(judged.why());
      }
      return own.isEmpty() ? gate : gate.isEmpty() ? own : own + "; " + gate;
    }

    private Map<String, String> checks() {
      Map<String, String> checks = new TreeMap<>();
      if (judged != null) {
        judged
            .verdicts()
            .forEach((check, verdict) -> checks.put(check, Printed.line(verdict.toString())));
      }
      return checks;
    }

    /** To the second: two looks at the same moment should say the same. */
    private Instant at(long nanos) {
      return now.plusNanos(nanos - nowNanos).plusMillis(500).truncatedTo(ChronoUnit.SECONDS);
    }
  }
}
