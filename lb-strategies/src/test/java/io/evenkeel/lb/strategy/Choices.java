package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Lets a strategy choose through a balancer; nodes are numbered from 0, in canonical order. */
final class Choices {
  private Choices() {}

  static Balancer balancer(Strategy strategy, RandomGenerator random, double... weights) {
    FakeTicker ticker = new FakeTicker();
    return Balancer.builder("choices")
        .source(EndpointSource.of(endpoints(weights)))
        .strategy(strategy)
        .random(random)
        .ticker(ticker)
        .scheduler(new ManualScheduler(ticker))
        .build();
  }

  /** Endpoints on ports 1 to n. */
  static EndpointSet endpoints(double... weights) {
    return EndpointSet.of(
        IntStream.range(0, weights.length)
            .mapToObj(
                i ->
                    Endpoint.builder("10.0.0.1", 1 + i)
                        .id(String.format("n%05d", i))
                        .weight(weights[i])
                        .build())
            .toList());
  }

  static double[] equal(int n) {
    return IntStream.range(0, n).mapToDouble(i -> 1).toArray();
  }

  /** The nodes that were chosen, in order. */
  static int[] sequence(Strategy strategy, long seed, int length, double... weights) {
    try (Balancer balancer = balancer(strategy, new SplittableRandom(seed), weights)) {
      return IntStream.range(0, length).map(i -> choose(balancer)).toArray();
    }
  }

  /** How often each node was chosen. */
  static int[] counts(Strategy strategy, long seed, int requests, double... weights) {
    int[] counts = new int[weights.length];
    for (int node : sequence(strategy, seed, requests, weights)) {
      counts[node]++;
    }
    return counts;
  }

  /** How often each node was chosen by several threads at once. */
  static int[] countsOfThreads(Strategy strategy, int threads, int each, double... weights)
      throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (Balancer balancer = balancer(strategy, new SplittableRandom(1), weights)) {
      Callable<int[]> chooser =
          () -> {
            int[] counts = new int[weights.length];
            for (int i = 0; i < each; i++) {
              counts[choose(balancer)]++;
            }
            return counts;
          };
      List<Future<int[]>> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        results.add(pool.submit(chooser));
      }
      int[] sum = new int[weights.length];
      for (Future<int[]> result : results) {
        int[] counts = result.get();
        for (int i = 0; i < sum.length; i++) {
          sum[i] += counts[i];
        }
      }
      return sum;
    } finally {
      pool.shutdownNow();
    }
  }

  /** What this says on a thread that runs nothing else. */
  static <T> T onNewThread(Callable<T> question) throws Exception {
    FutureTask<T> answer = new FutureTask<>(question);
    new Thread(answer).start();
    return answer.get(30, TimeUnit.SECONDS);
  }

  private static int choose(Balancer balancer) {
    return balancer.select(RequestContext.none()).endpoint().port() - 1;
  }
}
