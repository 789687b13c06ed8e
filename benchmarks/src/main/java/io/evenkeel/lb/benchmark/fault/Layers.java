package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.testkit.rig.LoadResult;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import java.time.Duration;
import java.util.List;

/**
 * A client asks a service, that one another, and that one a third, each with a failover as it is by
 * default. The third fails an even share of what it gets. None is told that what it asks has tried
 * again already: the network is between them, and what comes is a 500.
 */
final class Layers {
  private static final int[] PERCENT = {10, 30, 50, 100};
  private static final int INSTANCES = 3;
  private static final int STATUS = 500;
  private static final double MOST = 1.3;

  /** Of what fails before the bottom does: services that are too slow would ask it for nothing. */
  private static final double FEW = 0.01;

  private static final double[] WARM_UP = {0.05, 0.2, 0.5};
  private static final Duration WARM_UP_PART = Duration.ofSeconds(3);

  /** Three services and a client share this machine. */
  private static final double MOST_PER_SECOND = 500;

  private Layers() {}

  /**
   * How many requests arrive at the bottom for each that the client was asked for. All is new for
   * each share of failures, so that no budget remembers the one before.
   */
  static Verdict.Figures run(Pace pace) throws InterruptedException {
    Pace slower = new Pace(Math.min(MOST_PER_SECOND, pace.rate() / 2), pace.quick());
    Verdict.Figures figures = new Verdict.Figures();
    for (int percent : PERCENT) {
      run(slower, percent, figures);
    }
    return figures;
  }

  private static void run(Pace pace, int percent, Verdict.Figures figures)
      throws InterruptedException {
    try (Services services = Services.start();
        Balancer balancer =
            Balancer.builder("orders")
                .source(EndpointSource.of(Relay.endpoints(services.top().ports())))
                .health(Faults.health())
                .build();
        Retrying client = Retrying.ofDefaults(balancer)) {
      LoadResult warm = warm(pace, client);
      services.bottom().forEach(server -> server.errors(percent / 100.0, STATUS));
      long before = services.arrivedAtTheBottom();
      LoadResult result =
          pace.load(Duration.ofSeconds(pace.quick() ? 8 : 30)).build().run(client::get);
      long arrived = services.arrivedAtTheBottom() - before;
      String at = "At" + percent;
      figures
          .atMost(MOST, "bottomPerTop" + at, (double) arrived / result.count())
          .atMost(FEW, "failedShareBefore" + at, (double) warm.failures() / warm.count())
          .add("failedShare" + at, (double) result.failures() / result.count())
          .add("starved" + at, result.starved());
    }
  }

  /**
   * By degrees, so that cold services do not fail: their budgets would remember it.
   *
   * @return what came of the last part, at the full rate
   */
  private static LoadResult warm(Pace pace, Retrying client) throws InterruptedException {
    for (double share : WARM_UP) {
      Pace slower = new Pace(share * pace.rate(), pace.quick());
      LoadResult unused = slower.load(WARM_UP_PART).build().run(client::get);
    }
    return pace.load(WARM_UP_PART).build().run(client::get);
  }

  /** The three services, from the bottom. */
  private record Services(List<ServerProcess> bottom, RelayProcess middle, RelayProcess top)
      implements AutoCloseable {
    static Services start() {
      List<ServerProcess> bottom = FaultRig.usual().start(INSTANCES);
      RelayProcess middle =
          RelayProcess.start(INSTANCES, bottom.stream().map(ServerProcess::port).toList());
      return new Services(bottom, middle, RelayProcess.start(INSTANCES, middle.ports()));
    }

    long arrivedAtTheBottom() {
      return bottom.stream().mapToLong(ServerProcess::requests).sum();
    }

    @Override
    public void close() {
      top.close();
      middle.close();
      bottom.forEach(ServerProcess::close);
    }
  }
}
