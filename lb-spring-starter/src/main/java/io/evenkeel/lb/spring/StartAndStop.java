package io.evenkeel.lb.spring;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;

/**
 * Waits for endpoints before the application takes requests, and for requests in flight before
 * balancers are closed. A service that has no endpoints in time, or a request that does not end in
 * time, does not keep the application from starting or stopping.
 */
final class StartAndStop implements SmartLifecycle {
  /** Before web servers start, and after they have shut down. */
  private static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 8192;

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.spring");

  private final LoadBalancers balancers;
  private final Duration startTimeout;
  private final Duration drainTimeout;
  private volatile boolean running;

  StartAndStop(LoadBalancers balancers, Duration startTimeout, Duration drainTimeout) {
    this.balancers = balancers;
    this.startTimeout = notNegative("start-timeout", startTimeout);
    this.drainTimeout = notNegative("drain-timeout", drainTimeout);
  }

  private static Duration notNegative(String name, Duration value) {
    if (value.isNegative()) {
      throw SettingException.of("evenkeel." + name, value, ">= 0s");
    }
    return value;
  }

  @Override
  public void start() {
    running = true;
    awaitEndpoints(balancers.services(), startTimeout);
  }

  /** Waits until all have endpoints, or the limit is over; not at all if that is 0. */
  static void awaitEndpoints(List<Service> services, Duration limit) {
    if (!limit.isZero()) {
      CompletableFuture.allOf(
              services.stream()
                  .map(service -> ready(service, limit))
                  .toArray(CompletableFuture[]::new))
          .join();
    }
  }

  private static CompletableFuture<Void> ready(Service service, Duration limit) {
    return service
        .backing()
        .balancer()
        .ready(limit)
        .<Void>handle(
            (endpoints, thrown) -> {
              if (thrown != null) {
                LOG.log(WARNING, () -> service.name() + " has no endpoints after " + limit, thrown);
              }
              return null;
            })
        .toCompletableFuture();
  }

  @Override
  public void stop(Runnable callback) {
    long begin = Ticker.system().read();
    look(begin, callback);
  }

  private void look(long begin, Runnable callback) {
    List<Leaving.Busy> busy = balancers.busy();
    boolean late = Ticker.system().read() - begin >= drainTimeout.toNanos();
    if (!busy.isEmpty() && !late) {
      var unused = Scheduler.shared().schedule(() -> look(begin, callback), LOOK_NANOS);
      return;
    }
    busy.forEach(each -> Leaving.log(each.service(), each.inFlight().getAsLong()));
    running = false;
    callback.run();
  }

  @Override
  public void stop() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    stop(() -> done.complete(null));
    done.join();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
