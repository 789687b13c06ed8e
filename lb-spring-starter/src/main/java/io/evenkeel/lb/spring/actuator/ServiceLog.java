package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerEvent.ComponentFailed;
import io.evenkeel.lb.BalancerEvent.EndpointsChanged;
import io.evenkeel.lb.BalancerEvent.EndpointsRefused;
import io.evenkeel.lb.BalancerEvent.LeaseExpired;
import io.evenkeel.lb.BalancerEvent.PanicChanged;
import io.evenkeel.lb.BalancerEvent.SetRefused;
import io.evenkeel.lb.BalancerEvent.SourceFailed;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.FailoverCall;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.failover.FailoverListener;
import io.evenkeel.lb.health.HealthTransition;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What was heard of one service. Thread-safe. */
final class ServiceLog implements BalancerListener, FailoverListener {
  private static final int NAMED = 5;

  private final Traffic.Clock clock;
  private final Map<String, Traffic> endpoints = new ConcurrentHashMap<>();
  final Traffic attempts;
  final Traffic calls;
  final Traffic retries;
  final Traffic hedges;
  final EventLog events;

  ServiceLog(Traffic.Clock clock, InstantSource wall) {
    this.clock = clock;
    this.attempts = new Traffic(clock);
    this.calls = new Traffic(clock);
    this.retries = new Traffic(clock);
    this.hedges = new Traffic(clock);
    this.events = new EventLog(wall);
  }

  /** Of an endpoint of the latest set; null of any other. */
  @Nullable Traffic traffic(String endpointId) {
    return endpoints.get(endpointId);
  }

  @Override
  public void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {
    attempts.ended(outcome, latencyNanos);
    Traffic traffic = endpoints.get(endpoint.id());
    if (traffic != null) {
      traffic.ended(outcome, latencyNanos);
    }
  }

  @Override
  public void onAttempt(
      FailoverCall call,
      Endpoint endpoint,
      Outcome outcome,
      long latencyNanos,
      int number,
      boolean hedge) {
    if (hedge) {
      hedges.ended(outcome, latencyNanos);
    } else if (number > 1) {
      retries.ended(outcome, latencyNanos);
    }
  }

  @Override
  public void onCall(FailoverCall call, FailoverException.@Nullable Reason failed, long nanos) {
    calls.ended(failed == null ? Outcome.SUCCESS : Outcome.FAILURE, nanos);
  }

  @Override
  public void onEvent(BalancerEvent event) {
    if (event instanceof EndpointsChanged change) {
      follow(change);
    } else if (event instanceof SetRefused refused) {
      events.add("set refused", null, refused.reason());
    } else if (event instanceof EndpointsRefused refused) {
      Set<String> addresses =
          refused.endpoints().stream().map(Endpoint::authority).collect(Collectors.toSet());
      events.add(
          "endpoints refused", null, "by policy " + refused.policy() + some("left out", addresses));
    } else if (event instanceof SourceFailed failed) {
      events.add(
          "source failed",
          null,
          failed.cause() + "; asked again in " + failed.retryIn().toMillis() + " ms");
    } else if (event instanceof PanicChanged change) {
      events.add(
          change.panic() ? "panic" : "panic over",
          null,
          String.format(
              Locale.ROOT, "%.0f %% of the capacity is fit", 100 * change.usableCapacity()));
    } else if (event instanceof ComponentFailed failed) {
      events.add(
          "component failed",
          null,
          failed.component() + ", " + failed.count() + " times: " + failed.cause());
    } else if (event instanceof LeaseExpired expired) {
      events.add(
          "lease expired",
          expired.endpoint().id(),
          "a request was not ended within " + expired.limit().toSeconds() + " s");
    } else {
      events.add("closed", null, "a balancer; other settings may have made another one");
    }
  }

  /** A state of an endpoint has changed. */
  void moved(HealthTransition transition) {
    if (transition.from() == null || transition.to() == null) {
      return; // That endpoints come and go is told of the whole set.
    }
    String to = word(transition.to());
    events.add(
        transition.from() == transition.to() ? "suspicion" : to,
        transition.endpoint().id(),
        transition.why());
  }

  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private void follow(EndpointsChanged change) {
    Map<String, Endpoint> before = byId(change.before());
    Map<String, Endpoint> after = byId(change.after());
    after.keySet().forEach(id -> endpoints.computeIfAbsent(id, any -> new Traffic(clock)));
    endpoints.keySet().retainAll(after.keySet());
    Set<String> came = without(after.keySet(), before.keySet());
    Set<String> left = without(before.keySet(), after.keySet());
    Set<String> changed =
        after.entrySet().stream()
            .filter(each -> before.containsKey(each.getKey()))
            .filter(each -> !each.getValue().equals(before.get(each.getKey())))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    events.add(
        "endpoints",
        null,
        after.size() + " now" + some("came", came) + some("left", left) + some("changed", changed));
  }

  private static Map<String, Endpoint> byId(EndpointSet set) {
    Map<String, Endpoint> byId = new HashMap<>();
    set.endpoints().forEach(each -> byId.put(each.id(), each));
    return byId;
  }

  private static Set<String> without(Set<String> all, Set<String> some) {
    Set<String> rest = new HashSet<>(all);
    rest.removeAll(some);
    return rest;
  }

  private static String some(String what, Set<String> ids) {
    if (ids.isEmpty()) {
      return "";
    }
    List<String> first = ids.stream().sorted().limit(NAMED).toList();
    String more = ids.size() > NAMED ? ", ..." : "";
    return "; " + ids.size() + " " + what + ": " + String.join(", ", first) + more;
  }
}
