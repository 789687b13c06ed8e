package io.evenkeel.lb.benchmark.peer;

import com.twitter.finagle.Addresses;
import com.twitter.finagle.ClientConnection;
import com.twitter.finagle.NoBrokersAvailableException;
import com.twitter.finagle.Service;
import com.twitter.finagle.ServiceFactory;
import com.twitter.finagle.ServiceProxy;
import com.twitter.finagle.StackParams;
import com.twitter.finagle.Status;
import com.twitter.finagle.loadbalancer.Balancers;
import com.twitter.finagle.loadbalancer.Balancers$;
import com.twitter.finagle.loadbalancer.EndpointFactory;
import com.twitter.finagle.loadbalancer.LazyEndpointFactory;
import com.twitter.finagle.loadbalancer.LoadBalancerFactory;
import com.twitter.finagle.util.Rng;
import com.twitter.util.Activity;
import com.twitter.util.Future;
import com.twitter.util.Time;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * Finagle: a service from the balancer's factory. A choice begins a request, which ends when the
 * service is closed; so a choice alone is both.
 */
final class FinaglePeer implements Chooser {
  private final ServiceFactory<Object, Object> balancer;
  private final List<Queue<Service<Object, Object>>> chosen = new ArrayList<>();

  private FinaglePeer(LoadBalancerFactory policy, int endpoints) {
    List<EndpointFactory<Object, Object>> factories = new ArrayList<>();
    for (int i = 0; i < endpoints; i++) {
      Factory factory = new Factory(new Stub(i));
      factories.add(
          new LazyEndpointFactory<>(
              () -> factory,
              Addresses.newInetAddress(InetSocketAddress.createUnresolved("10.0.0.1", 1 + i))));
      chosen.add(new ConcurrentLinkedQueue<>());
    }
    balancer =
        policy.newBalancer(
            Activity.value(CollectionConverters.asScala(factories).toIndexedSeq()),
            new NoBrokersAvailableException("peer"),
            StackParams.empty());
  }

  static Chooser roundRobin(int endpoints) {
    return new FinaglePeer(Balancers.roundRobin(), endpoints);
  }

  static Chooser twoChoices(int endpoints) {
    return new FinaglePeer(Balancers.p2c(Rng.threadLocal()), endpoints);
  }

  static Chooser twoChoicesPeakEwma(int endpoints) {
    return new FinaglePeer(
        Balancers.p2cPeakEwma(Balancers$.MODULE$.p2cPeakEwma$default$1(), Rng.threadLocal()),
        endpoints);
  }

  static Chooser heap(int endpoints) {
    return new FinaglePeer(Balancers.heap(Balancers$.MODULE$.heap$default$1()), endpoints);
  }

  @Override
  public int choose(long key) {
    Service<Object, Object> service = service();
    int index = index(service);
    chosen.get(index).add(service);
    return index;
  }

  @Override
  public int chooseAlone(long key) {
    Service<Object, Object> service = service();
    service.close();
    return index(service);
  }

  @Override
  public void ended(int index, long latencyNanos, boolean failed) {
    Service<Object, Object> service = chosen.get(index).poll();
    if (service != null) {
      service.close();
    }
  }

  @Override
  public void close() {
    balancer.close();
  }

  /** The future is there already: no connection is made. */
  private Service<Object, Object> service() {
    return balancer.apply(ClientConnection.nil()).poll().get().get();
  }

  /** The number of the service that the balancer has put its counting around. */
  private static int index(Service<Object, Object> service) {
    Service<Object, Object> inner = service;
    while (inner instanceof ServiceProxy<Object, Object> proxy) {
      inner = proxy.self();
    }
    return ((Stub) inner).index;
  }

  private static final class Factory extends ServiceFactory<Object, Object> {
    private final Future<Service<Object, Object>> service;

    Factory(Stub service) {
      this.service = Future.value(service);
    }

    @Override
    public Future<Service<Object, Object>> apply(ClientConnection connection) {
      return service;
    }

    @Override
    public Status status() {
      return com.twitter.finagle.Status.Open$.MODULE$;
    }

    @Override
    public Future<BoxedUnit> close(Time deadline) {
      return Future.Done();
    }
  }

  private static final class Stub extends Service<Object, Object> {
    final int index;

    Stub(int index) {
      this.index = index;
    }

    @Override
    public Future<Object> apply(Object request) {
      throw new UnsupportedOperationException("only choices are measured");
    }
  }
}
