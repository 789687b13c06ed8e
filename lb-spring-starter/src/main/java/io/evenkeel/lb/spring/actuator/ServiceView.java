package io.evenkeel.lb.spring.actuator;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * A service as people see it. What is null is not known or does not apply, and is left out of JSON.
 *
 * @param strategy in its own words
 * @param panic whether endpoints are offered, fit or not, because too few are fit
 * @param refusal why there is nothing to choose
 * @param fitCapacityPercent the share of the weight that is fit
 * @param endpointsInService how many endpoints requests are sent to
 * @param lastMinute of all attempts
 */
record ServiceView(
    String name,
    String strategy,
    boolean panic,
    @Nullable String refusal,
    @Nullable Double fitCapacityPercent,
    int endpointsTotal,
    int endpointsInService,
    int inFlight,
    Lately lastFiveSeconds,
    Lately lastMinute,
    Calls calls,
    Budget retryBudget,
    List<EndpointView> endpoints,
    List<EventLog.Entry> events)
    implements OperationResponseBody {

  /** The same without endpoints and events. */
  ServiceView summary() {
    return with(List.of(), List.of());
  }

  /** The same with other endpoints and events. */
  ServiceView with(List<EndpointView> endpoints, List<EventLog.Entry> events) {
    return new ServiceView(
        name,
        strategy,
        panic,
        refusal,
        fitCapacityPercent,
        endpointsTotal,
        endpointsInService,
        inFlight,
        lastFiveSeconds,
        lastMinute,
        calls,
        retryBudget,
        endpoints,
        events);
  }

  /**
   * What has ended lately.
   *
   * @param latencyP50Millis of what was not cancelled, failures too
   * @param latencyP99Millis of what was not cancelled, failures too
   */
  record Lately(
      @Nullable Double requestsPerSecond,
      long requests,
      long failures,
      @Nullable Double latencyP50Millis,
      @Nullable Double latencyP99Millis) {
    static Lately of(Traffic.Sum sum, int seconds) {
      return new Lately(
          Rounded.of((double) sum.requests() / seconds),
          sum.requests(),
          sum.failures(),
          Rounded.millis(sum.p50Nanos()),
          Rounded.millis(sum.p99Nanos()));
    }
  }

  /** Calls through the failover, each with its attempts. */
  record Calls(long deadlineMillis, Lately lastFiveSeconds, Lately lastMinute) {}

  /**
   * What there is for attempts beyond the first of their calls.
   *
   * @param attemptsLeft null if there is no limit
   * @param leftPercent of what is left and what was used in the last ten seconds
   */
  record Budget(
      boolean unlimited,
      @Nullable Double attemptsLeft,
      @Nullable Double leftPercent,
      long retriesLastTenSeconds,
      long hedgesLastTenSeconds) {}

  /**
   * An endpoint.
   *
   * @param weight as its source says
   * @param state a word: of {@code HealthState}, or {@code refused}, which means by its breaker or
   *     the like, though health finds nothing
   * @param inService whether requests are sent to it
   * @param since when it got into the state
   * @param until when it will leave the state if nothing else happens
   * @param healthPercent how much of its weight it gets for its health
   * @param load the load that one more request would meet, in the unit of the strategy's metric
   * @param targetPercent its part of all weights that are offered
   * @param sharePercent its part of the service's requests in the last minute
   * @param ejections how often it was ejected, less what it has made good since
   * @param gates what stands before it beside health
   * @param checks what each check says
   * @param suspicions what is held against it without effect
   */
  record EndpointView(
      String id,
      String address,
      boolean secure,
      @Nullable String zone,
      int priority,
      double weight,
      String state,
      boolean inService,
      String why,
      @Nullable Instant since,
      @Nullable Instant until,
      @Nullable Double healthPercent,
      int inFlight,
      @Nullable Double load,
      @Nullable Double targetPercent,
      @Nullable Double sharePercent,
      Lately lastFiveSeconds,
      Lately lastMinute,
      long requestsTotal,
      long failuresTotal,
      int ejections,
      GateView gates,
      Map<String, String> checks,
      List<String> suspicions) {}
}
