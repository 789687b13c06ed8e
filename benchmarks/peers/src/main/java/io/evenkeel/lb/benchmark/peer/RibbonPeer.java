package io.evenkeel.lb.benchmark.peer;

import com.netflix.loadbalancer.BaseLoadBalancer;
import com.netflix.loadbalancer.IRule;
import com.netflix.loadbalancer.LoadBalancerStats;
import com.netflix.loadbalancer.Server;
import com.netflix.loadbalancer.ServerStats;
import java.util.ArrayList;
import java.util.List;

/**
 * Netflix Ribbon: {@code chooseServer} of a balancer without pings. Weights are not known there.
 */
final class RibbonPeer implements Chooser {
  private final BaseLoadBalancer balancer;
  private final List<ServerStats> stats = new ArrayList<>();

  /**
   * A chooser by a rule.
   *
   * @param rule is set last: a rule by response times reads them then, and again after 30 seconds
   */
  RibbonPeer(IRule rule, int endpoints) {
    balancer = new BaseLoadBalancer();
    LoadBalancerStats all = balancer.getLoadBalancerStats();
    List<Server> servers = new ArrayList<>();
    for (int i = 0; i < endpoints; i++) {
      Server server = new Numbered(i);
      server.setAlive(true);
      server.setReadyToServe(true);
      servers.add(server);
    }
    balancer.addServers(servers);
    for (Server server : servers) {
      ServerStats one = all.getSingleServerStat(server);
      one.noteResponseTime(1 + ((Numbered) server).index % 10);
      stats.add(one);
    }
    balancer.setRule(rule);
  }

  @Override
  public int choose(long key) {
    return ((Numbered) balancer.chooseServer(null)).index;
  }

  @Override
  public void begun(int index) {
    stats.get(index).incrementActiveRequestsCount();
    stats.get(index).incrementNumRequests();
  }

  @Override
  public void ended(int index, long latencyNanos, boolean failed) {
    stats.get(index).decrementActiveRequestsCount();
    stats.get(index).noteResponseTime(latencyNanos / 1e6);
  }

  @Override
  public void close() {
    balancer.shutdown();
  }

  private static final class Numbered extends Server {
    final int index;

    Numbered(int index) {
      super("10.0.0.1", 1 + index);
      this.index = index;
    }
  }
}
