package io.evenkeel.lb.benchmark;

import java.util.LinkedHashMap;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * A result, cut down to what the table shows.
 *
 * @param name the class without "Benchmark", and the method
 * @param score the median of all iterations
 * @param fastest the fastest iteration: what a busy neighbour on the machine disturbs least
 * @param bytes allocated for each operation
 */
public record Row(
    String name,
    Map<String, String> settings,
    int threads,
    double score,
    double fastest,
    String unit,
    double bytes) {

  private static final String PEER = "peer";

  /** What JMH has measured. */
  public static Row of(RunResult result) {
    BenchmarkParams params = result.getParams();
    String full = params.getBenchmark();
    String name = full.substring(full.lastIndexOf('.', full.lastIndexOf('.') - 1) + 1);
    Map<String, String> settings = new LinkedHashMap<>();
    for (String key : params.getParamsKeys()) {
      settings.put(key, params.getParam(key));
    }
    Result<?> time = result.getPrimaryResult();
    Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
    return new Row(
        name.replace("Benchmark.", "."),
        settings,
        params.getThreads(),
        time.getStatistics().getPercentile(50),
        time.getStatistics().getMin(),
        time.getScoreUnit(),
        allocated == null ? Double.NaN : allocated.getScore());
  }

  /** Whether this is what a row is compared with. */
  boolean isBaseline(String baseline, Row row) {
    if (baseline.equals(Group.ONE_THREAD)) {
      return threads == 1 && name.equals(row.name) && settings.equals(row.settings);
    }
    if (threads != row.threads) {
      return false;
    }
    return baseline.equals(Group.OURS)
        ? settings.containsKey(PEER) && name.equals(row.name) && settings.equals(row.ours())
        : name.equals(baseline) && row.settings.entrySet().containsAll(settings.entrySet());
  }

  /** The settings with us in the place of the library, whose name stands before what it does. */
  private Map<String, String> ours() {
    Map<String, String> ours = new LinkedHashMap<>(settings);
    ours.computeIfPresent(PEER, (key, peer) -> "OUR" + peer.substring(peer.indexOf('_')));
    return ours;
  }
}
