package io.evenkeel.lb.benchmark;

import java.util.LinkedHashMap;
import java.util.Map;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * A result, cut down to what the table shows.
 *
 * @param name the class without "Benchmark", and the method
 * @param score the median of all iterations
 * @param fastest the fastest iteration: what a busy neighbour on the machine disturbs least
 * @param latest the 99.99th percentile of single operations; NaN where these were not timed
 * @param bytes allocated for each operation
 */
record Row(
    String name,
    Map<String, String> settings,
    int threads,
    double score,
    double fastest,
    String unit,
    double latest,
    double bytes) {

  static Row of(RunResult result) {
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
        params.getMode() == Mode.SampleTime
            ? time.getStatistics().getPercentile(99.99)
            : Double.NaN,
        allocated == null ? Double.NaN : allocated.getScore());
  }

  /** Whether another row can be compared with this one: no setting that both have differs. */
  boolean comparable(Row baseline) {
    return threads == baseline.threads
        && baseline.settings.entrySet().stream()
            .allMatch(
                entry ->
                    entry.getValue().equals(settings.getOrDefault(entry.getKey(), "only there")));
  }
}
