package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Node;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a service is to become. Its settings have been looked at, but nothing of it begins before
 * {@link #start}, and nobody sees it before {@link #commit}, so that of several services all or
 * none change. Not thread-safe.
 */
final class Draft {
  private final PresentService service;
  private final @Nullable Service before;
  private final Function<Backing, Service> calls;
  private final @Nullable Plan plan;
  private final @Nullable EndpointSet endpoints;
  private @Nullable Service next;

  /**
   * A balancer that is to be built.
   *
   * @param given where it has its endpoints from, if properties list them
   * @param owned what is to be closed after it
   */
  record Plan(BalancerBuilder builder, @Nullable GivenEndpoints given, List<AutoCloseable> owned) {}

  private Draft(
      PresentService service,
      @Nullable Service before,
      Function<Backing, Service> calls,
      @Nullable Plan plan,
      @Nullable EndpointSet endpoints) {
    this.service = service;
    this.before = before;
    this.calls = calls;
    this.plan = plan;
    this.endpoints = endpoints;
  }

  /** With a balancer of its own. */
  static Draft ofBalancer(
      PresentService service,
      @Nullable Service before,
      Function<Backing, Service> calls,
      Plan plan) {
    return new Draft(service, before, calls, plan, null);
  }

  /** With the balancer of before, but other calls. */
  static Draft ofCalls(PresentService service, Service before, Function<Backing, Service> calls) {
    return new Draft(service, before, calls, null, null);
  }

  /** With the balancer of before, but other endpoints, and perhaps other calls. */
  static Draft ofEndpoints(
      PresentService service,
      Service before,
      Function<Backing, Service> calls,
      EndpointSet endpoints) {
    return new Draft(service, before, calls, null, endpoints);
  }

  boolean isNew() {
    return before == null;
  }

  /** Builds the balancer, if there is to be another one. May throw what strategies and such do. */
  Service start() {
    Service made =
        calls.apply(
            plan == null
                ? requireNonNull(before).backing()
                : new Backing(plan.builder.build(), plan.given, plan.owned));
    next = made;
    return made;
  }

  /** Lets go of all that was made, whether or not it was started. */
  void discard() {
    if (plan != null && next != null) {
      next.close();
    } else if (plan != null) {
      Backing.close(plan.owned);
    }
  }

  /** Begins to count. What was there before is closed, which lets requests in flight end. */
  void commit(Leaving leaving) {
    service.become(requireNonNull(next));
    if (before == null) {
      return;
    }
    if (endpoints != null) {
      requireNonNull(before.backing().given()).give(endpoints);
    } else if (plan != null) {
      List<Node> nodes = before.backing().balancer().nodes();
      before.close();
      leaving.replaced(service.name(), nodes);
    }
  }

  /** What has changed, for people; once it was started. */
  @Override
  public String toString() {
    Service made = requireNonNull(next);
    if (before == null) {
      return service.name() + ": new";
    }
    String changes =
        before.settings().changed(made.settings()).stream()
            .map(name -> before.settings().change(name, made.settings()))
            .collect(Collectors.joining(", "));
    return service.name()
        + ": "
        + changes
        + (plan == null ? " (the same balancer)" : " (another balancer)");
  }
}
