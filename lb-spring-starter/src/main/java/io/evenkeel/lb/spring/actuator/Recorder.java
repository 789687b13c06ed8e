package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.health.HealthListener;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.health.HealthTransition;
import io.evenkeel.lb.spring.BalancerCustomizer;
import io.evenkeel.lb.spring.FailoverCustomizer;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Listens to all services. */
final class Recorder
    implements BalancerCustomizer, FailoverCustomizer, HealthListener, AutoCloseable {
  private final Traffic.Clock clock;
  private final InstantSource wall;
  private final HealthRegistry health;
  private final Map<String, ServiceLog> logs = new ConcurrentHashMap<>();

  Recorder(Ticker ticker, InstantSource wall, HealthRegistry health) {
    this.clock = new Traffic.Clock(ticker);
    this.wall = wall;
    this.health = health;
    health.listen(this);
  }

  Traffic.Clock clock() {
    return clock;
  }

  /** Of a service, whether or not anything was heard of it. */
  ServiceLog log(String service) {
    return logs.computeIfAbsent(service, any -> new ServiceLog(clock, wall));
  }

  @Override
  public void customize(String service, BalancerBuilder balancer) {
    balancer.listener(log(service));
  }

  @Override
  public void customize(String service, FailoverBuilder failover) {
    failover.listener(log(service));
  }

  @Override
  public void onTransition(HealthTransition transition) {
    ServiceLog log = logs.get(transition.balancer());
    if (log != null) {
      log.moved(transition);
    }
  }

  @Override
  public void close() {
    health.ignore(this);
  }
}
