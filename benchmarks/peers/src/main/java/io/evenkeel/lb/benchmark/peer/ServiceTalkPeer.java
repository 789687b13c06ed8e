package io.evenkeel.lb.benchmark.peer;

import static java.util.Objects.requireNonNull;

import io.servicetalk.client.api.ConnectionFactory;
import io.servicetalk.client.api.DefaultServiceDiscovererEvent;
import io.servicetalk.client.api.LoadBalancedConnection;
import io.servicetalk.client.api.LoadBalancer;
import io.servicetalk.client.api.RequestTracker;
import io.servicetalk.client.api.ServiceDiscovererEvent;
import io.servicetalk.concurrent.api.AsyncCloseables;
import io.servicetalk.concurrent.api.Completable;
import io.servicetalk.concurrent.api.ListenableAsyncCloseable;
import io.servicetalk.concurrent.api.Publisher;
import io.servicetalk.concurrent.api.Single;
import io.servicetalk.concurrent.internal.DefaultContextMap;
import io.servicetalk.context.api.ContextMap;
import io.servicetalk.loadbalancer.LoadBalancers;
import io.servicetalk.loadbalancer.LoadBalancingPolicies;
import io.servicetalk.loadbalancer.LoadBalancingPolicy;
import io.servicetalk.transport.api.TransportObserver;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * ServiceTalk: {@code selectConnection} with a context for the request, as its client does, and the
 * wait for the future, which is there already. Each host has one connection that takes any number
 * of requests.
 */
final class ServiceTalkPeer implements Chooser {
  private final LoadBalancer<Connection> balancer;
  private final @Nullable RequestTracker[] trackers;
  private final Stopwatch stopwatch = new Stopwatch();

  private ServiceTalkPeer(LoadBalancingPolicy<Integer, Connection> policy, int endpoints) {
    List<ServiceDiscovererEvent<Integer>> events = new ArrayList<>();
    for (int i = 0; i < endpoints; i++) {
      events.add(new DefaultServiceDiscovererEvent<>(i, ServiceDiscovererEvent.Status.AVAILABLE));
    }
    Publisher<Collection<ServiceDiscovererEvent<Integer>>> list = Publisher.from(events);
    balancer =
        LoadBalancers.<Integer, Connection>builder("peer")
            .loadBalancingPolicy(policy)
            .build()
            .newLoadBalancer(list.concat(Publisher.never()), new Factory(), "peer");
    trackers = new RequestTracker[endpoints];
    for (int left = endpoints; left > 0; ) {
      ContextMap context = new DefaultContextMap();
      int index = choose(context);
      if (trackers[index] == null) {
        trackers[index] = requireNonNull(context.get(RequestTracker.REQUEST_TRACKER_KEY));
        left--;
      }
    }
  }

  static Chooser roundRobin(int endpoints) {
    return new ServiceTalkPeer(LoadBalancingPolicies.roundRobin().build(), endpoints);
  }

  static Chooser twoChoices(int endpoints) {
    return new ServiceTalkPeer(LoadBalancingPolicies.p2c().build(), endpoints);
  }

  @Override
  public int choose(long key) {
    return choose(new DefaultContextMap());
  }

  private int choose(ContextMap context) {
    try {
      return balancer.selectConnection(connection -> true, context).toFuture().get().index;
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void begun(int index) {
    stopwatch.stamped(requireNonNull(trackers[index]).beforeRequestStart());
  }

  @Override
  public void ended(int index, long latencyNanos, boolean failed) {
    RequestTracker tracker = requireNonNull(trackers[index]);
    long stamp = stopwatch.stamp(latencyNanos);
    if (failed) {
      tracker.onRequestError(stamp, RequestTracker.ErrorClass.EXT_ORIGIN_REQUEST_FAILED);
    } else {
      tracker.onRequestSuccess(stamp);
    }
  }

  @Override
  public void close() {
    balancer.closeAsync().subscribe();
  }

  /** Closes without anything to close. */
  private abstract static class Closeable implements ListenableAsyncCloseable {
    private final ListenableAsyncCloseable closeable = AsyncCloseables.emptyAsyncCloseable();

    @Override
    public Completable onClose() {
      return closeable.onClose();
    }

    @Override
    public Completable closeAsync() {
      return closeable.closeAsync();
    }
  }

  private static final class Factory extends Closeable
      implements ConnectionFactory<Integer, Connection> {
    @Override
    public Single<Connection> newConnection(
        Integer index, @Nullable ContextMap context, @Nullable TransportObserver observer) {
      return Single.succeeded(new Connection(index));
    }
  }

  private static final class Connection extends Closeable implements LoadBalancedConnection {
    final int index;

    Connection(int index) {
      this.index = index;
    }

    @Override
    public int score() {
      return 1;
    }

    @Override
    public Result tryRequest() {
      return Result.Accepted;
    }

    @Override
    public boolean tryReserve() {
      return true;
    }

    @Override
    public void requestFinished() {}

    @Override
    public Completable releaseAsync() {
      return Completable.completed();
    }
  }
}
