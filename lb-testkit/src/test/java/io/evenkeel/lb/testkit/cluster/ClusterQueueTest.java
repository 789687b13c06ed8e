package io.evenkeel.lb.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** One server against the formulas of queueing theory. The unit of time is a millisecond. */
class ClusterQueueTest {
  private static final Duration UNIT = Duration.ofMillis(1);
  private static final ServiceTime EXPONENTIAL = ServiceTime.exponential(UNIT);
  private static final ServiceTime CONSTANT = ServiceTime.constant(UNIT);

  /** A run with this many arrivals a unit. */
  private static ClusterResult run(Server server, double rate, int requests) {
    return Cluster.builder()
        .servers(1, server)
        .strategy(Strategies.FIRST)
        .arrivals(Arrivals.poisson(1000 * rate))
        .warmUp(UNIT.multipliedBy(1000))
        .requests(requests)
        .build()
        .run(1);
  }

  private static double mean(ClusterResult result) {
    return (double) result.mean().toNanos() / UNIT.toNanos();
  }

  @Test
  void exponentialServiceWaitsAsLongAsInMM1() {
    double load = 0.7;
    ClusterResult result = run(Server.ofSlots(1).serviceTime(EXPONENTIAL), load, 500_000);
    assertThat(mean(result)).isCloseTo(1 / (1 - load), withinPercentage(3));
    // The time in system is exponential as well, so its p99 is ln 100 means.
    double p99 = (double) result.percentile(99).toNanos() / UNIT.toNanos();
    assertThat(p99).isCloseTo(Math.log(100) / (1 - load), withinPercentage(4));
  }

  @Test
  void constantServiceWaitsAsLongAsInMD1() {
    double load = 0.7;
    ClusterResult result = run(Server.ofSlots(1).serviceTime(CONSTANT), load, 300_000);
    assertThat(mean(result)).isCloseTo(1 + load / (2 * (1 - load)), withinPercentage(2));
  }

  @Test
  void severalSlotsWaitAsLongAsInMMc() {
    int slots = 5;
    double load = 0.8;
    ClusterResult result =
        run(Server.ofSlots(slots).serviceTime(EXPONENTIAL), slots * load, 500_000);
    double wait = erlangC(slots, slots * load) / (slots * (1 - load));
    assertThat(mean(result)).isCloseTo(1 + wait, withinPercentage(2));
  }

  /** The chance to have to wait, by Erlang's second formula. */
  private static double erlangC(int slots, double offered) {
    double term = 1;
    double sum = 0;
    for (int k = 0; k < slots; k++) {
      sum += term;
      term *= offered / (k + 1);
    }
    double waiting = term / (1 - offered / slots);
    return waiting / (sum + waiting);
  }

  @Test
  void utilisationIsTheLoadAndLittlesLawHolds() {
    double rate = 3;
    ClusterResult result = run(Server.ofSlots(4).serviceTime(EXPONENTIAL), rate, 300_000);
    ServerResult server = result.server("s1");
    assertThat(server.utilisation()).isCloseTo(rate / 4, withinPercentage(2));
    assertThat(server.meanInFlight()).isCloseTo(rate * mean(result), withinPercentage(2));
    assertThat(server.mostInFlight()).isGreaterThan((int) server.meanInFlight());
  }

  @Test
  void arrivalsAtEqualIntervalsDoNotWaitWhileThereIsRoom() {
    ClusterResult result =
        Cluster.builder()
            .servers(1, Server.ofSlots(1).serviceTime(CONSTANT))
            .strategy(Strategies.FIRST)
            .arrivals(Arrivals.constant(999.9))
            .duration(Duration.ofSeconds(10))
            .build()
            .run(1);
    assertThat(result.requests()).isEqualTo(9998);
    assertThat(result.mean()).isEqualTo(UNIT);
  }

  @Test
  void overloadShowsInTheTimeFromTheIntendedStart() {
    ClusterResult result =
        Cluster.builder()
            .servers(1, Server.ofSlots(1).serviceTime(CONSTANT))
            .strategy(Strategies.FIRST)
            .arrivals(Arrivals.constant(2000))
            .requests(1000)
            .build()
            .run(1);
    // The k-th comes at k/2 and leaves at k + 1/2: it waits for half of those before it.
    assertThat(mean(result)).isCloseTo(1 + 999 / 4.0, withinPercentage(0.001));
    assertThat(result.latency().getMaxValue()).isCloseTo(500_500_000L, withinPercentage(0.1));
  }

  @Test
  void bimodalAndEmpiricalTimesHaveTheirMeans() {
    ServiceTime bimodal =
        ServiceTime.bimodal(CONSTANT, ServiceTime.exponential(UNIT.multipliedBy(20)), 0.1);
    ServiceTime empirical = ServiceTime.empirical(UNIT, UNIT.multipliedBy(2), UNIT.multipliedBy(6));
    assertThat(meanOf(bimodal)).isCloseTo(0.9 + 2, withinPercentage(2));
    assertThat(meanOf(empirical)).isCloseTo(3, withinPercentage(2));
    assertThat(meanOf(CONSTANT)).isEqualTo(1);
    assertThat(meanOf(EXPONENTIAL)).isCloseTo(1, withinPercentage(2));
  }

  /** The mean time in a system that is never busy. */
  private static double meanOf(ServiceTime time) {
    return mean(run(Server.ofSlots(1000).serviceTime(time), 1, 100_000));
  }

  @Test
  void aServerWithoutAQueueLosesAsManyAsErlangsFormulaSays() {
    ClusterResult result = run(Server.ofSlots(2).queue(0).serviceTime(EXPONENTIAL), 2, 200_000);
    double lost = (double) result.ended(io.evenkeel.lb.Outcome.REJECTED) / result.requests();
    assertThat(lost).isCloseTo((2.0 * 2 / 2) / (1 + 2 + 2), withinPercentage(2));
    assertThat(result.server("s1").mostInFlight()).isEqualTo(2);
  }

  @Test
  void timeLineKeepsTheOrderOfTimesAndOfEqualTimes() {
    Timeline timeline = new Timeline(0);
    StringBuilder order = new StringBuilder();
    IntStream.range(0, 2000)
        .forEach(i -> timeline.at(i * 7919L % 10, () -> order.append(timeline.read())));
    timeline.at(3, () -> timeline.at(3, () -> order.append('x')));
    while (timeline.step()) {}
    StringBuilder expected = new StringBuilder();
    for (int time = 0; time < 10; time++) {
      expected.append(Integer.toString(time).repeat(200)).append(time == 3 ? "x" : "");
    }
    assertThat(order).hasToString(expected.toString());
  }
}
