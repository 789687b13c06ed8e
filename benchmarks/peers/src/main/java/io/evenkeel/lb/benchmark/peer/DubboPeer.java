package io.evenkeel.lb.benchmark.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.dubbo.common.URL;
import org.apache.dubbo.rpc.Invocation;
import org.apache.dubbo.rpc.Invoker;
import org.apache.dubbo.rpc.Result;
import org.apache.dubbo.rpc.RpcInvocation;
import org.apache.dubbo.rpc.RpcStatus;
import org.apache.dubbo.rpc.cluster.LoadBalance;
import org.apache.dubbo.rpc.cluster.loadbalance.ConsistentHashLoadBalance;

/**
 * Apache Dubbo: {@code select} over a list of invokers. What a cluster invoker adds around it
 * (directories, routers, sticky and availability checks) is not included.
 */
final class DubboPeer implements Chooser {
  private static final String METHOD = "call";
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final List<Invoker<Runnable>> invokers = new ArrayList<>();
  private final LoadBalance balance;
  private final Keys<Invocation> keys;
  private final URL consumer;

  private DubboPeer(LoadBalance balance, int[] weights, boolean hashes) {
    this.balance = balance;
    Invocation plain = invocation("");
    this.keys = new Keys<>(key -> hashes ? invocation("session-" + key) : plain);
    // Its counts are static, and found by the URL: each chooser has URLs of its own.
    String path = "/" + Runnable.class.getName() + NUMBER.incrementAndGet();
    consumer = URL.valueOf("consumer://10.0.1.1" + path);
    for (int i = 0; i < weights.length; i++) {
      invokers.add(
          new Stub(i, URL.valueOf("dubbo://10.0.0.1:" + (1 + i) + path + "?weight=" + weights[i])));
    }
  }

  static Chooser of(LoadBalance balance, int[] weights) {
    return new DubboPeer(balance, weights, false);
  }

  /** By the first argument of the call; 160 points for each invoker, its default. */
  static Chooser consistentHash(int[] weights) {
    return new DubboPeer(new ConsistentHashLoadBalance(), weights, true);
  }

  @Override
  public int choose(long key) {
    return ((Stub) balance.select(invokers, consumer, keys.get(key))).index;
  }

  @Override
  public void begun(int index) {
    RpcStatus.beginCount(invokers.get(index).getUrl(), METHOD);
  }

  @Override
  public void ended(int index, long latencyNanos, boolean failed) {
    RpcStatus.endCount(
        invokers.get(index).getUrl(), METHOD, TimeUnit.NANOSECONDS.toMillis(latencyNanos), !failed);
  }

  @Override
  public void close() {
    invokers.forEach(invoker -> RpcStatus.removeStatus(invoker.getUrl()));
  }

  private static Invocation invocation(String argument) {
    return new RpcInvocation(
        null,
        METHOD,
        Runnable.class.getName(),
        Runnable.class.getName(),
        new Class<?>[] {String.class},
        new Object[] {argument});
  }

  private static final class Stub implements Invoker<Runnable> {
    final int index;
    private final URL url;

    Stub(int index, URL url) {
      this.index = index;
      this.url = url;
    }

    @Override
    public Class<Runnable> getInterface() {
      return Runnable.class;
    }

    @Override
    public Result invoke(Invocation invocation) {
      throw new UnsupportedOperationException("only choices are measured");
    }

    @Override
    public URL getUrl() {
      return url;
    }

    @Override
    public boolean isAvailable() {
      return true;
    }

    @Override
    public void destroy() {}
  }
}
