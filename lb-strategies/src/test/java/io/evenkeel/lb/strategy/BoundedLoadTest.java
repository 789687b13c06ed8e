package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.testkit.ManualSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedLoadTest {
  private static final int THREADS = 8;

  /** Zipf's law with exponent 1: the first key has about a tenth of all requests. */
  private static final class Zipf {
    private static final int KEYS = 10_000;
    private final double[] ends = new double[KEYS];

    Zipf() {
      double sum = 0;
      for (int i = 0; i < KEYS; i++) {
        sum += 1.0 / (i + 1);
        ends[i] = sum;
      }
    }

    Request draw(SplittableRandom random) {
      int at = Arrays.binarySearch(ends, random.nextDouble() * ends[KEYS - 1]);
      return Request.of(1 + (at < 0 ? -at - 1 : at));
    }
  }

  private static long cap(double factor, long inFlight, double share) {
    return (long) Math.ceil(factor * inFlight * share - 1e-9);
  }

  private static int[] inFlight(Balancer balancer) {
    return balancer.nodes().stream().mapToInt(Node::inFlight).toArray();
  }

  private static <T> List<T> atOnce(Callable<T> each) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        futures.add(pool.submit(each));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } finally {
      pool.shutdownNow();
    }
  }

  /** While requests only begin, a bound that holds when each begins holds at all times. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 1.25, 2})
  void noNodeExceedsItsCapWhileManyThreadsBegin(double factor) throws Exception {
    Zipf zipf = new Zipf();
    double[] weights = {1, 2, 3, 4, 1, 1, 4, 4};
    for (int round = 0; round < 100; round++) {
      try (Balancer balancer =
          Choices.balancer(
              BoundedLoad.of(RingHash.ofDefaults(), factor),
              () -> ThreadLocalRandom.current().nextLong(),
              weights)) {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        int seed = round;
        List<Boolean> held =
            atOnce(
                () -> {
                  SplittableRandom random =
                      new SplittableRandom(seed * 1000L + Thread.currentThread().getId());
                  start.await();
                  boolean holds = true;
                  for (int i = 0; i < 25; i++) {
                    Lease lease = balancer.lease(zipf.draw(random));
                    // Others may have begun since, which only raises the bound.
                    int here = lease.endpoint().port() - 1;
                    int count = balancer.nodes().get(here).inFlight();
                    long total = Arrays.stream(inFlight(balancer)).asLongStream().sum();
                    holds &= count <= cap(factor, total, weights[here] / 20);
                  }
                  return holds;
                });
        assertThat(held).doesNotContain(false);
        int[] counts = inFlight(balancer);
        assertThat(Arrays.stream(counts).sum()).isEqualTo(THREADS * 25);
        for (int i = 0; i < weights.length; i++) {
          assertThat((long) counts[i])
              .isLessThanOrEqualTo(cap(factor, THREADS * 25, weights[i] / 20));
        }
      }
    }
  }

  /**
   * Requests end, too. Each thread has at most so many in flight, so that no cap is ever above that
   * of all of them; the sum over all nodes is what is left of them.
   */
  @Test
  void noNodeExceedsItsCapWhileManyThreadsBeginAndEnd() throws Exception {
    Zipf zipf = new Zipf();
    int each = 4;
    double[] weights = Choices.equal(8);
    long most = cap(1.25, (long) each * THREADS, 1.0 / 8);
    try (Balancer balancer =
        Choices.balancer(
            BoundedLoad.of(Maglev.ofDefaults()),
            () -> ThreadLocalRandom.current().nextLong(),
            weights)) {
      List<Integer> highest =
          atOnce(
              () -> {
                SplittableRandom random = new SplittableRandom(Thread.currentThread().getId());
                Deque<Lease> open = new ArrayDeque<>();
                int high = 0;
                for (int i = 0; i < 30_000; i++) {
                  if (open.size() == each) {
                    open.remove().end(Outcome.SUCCESS);
                  }
                  open.add(balancer.lease(zipf.draw(random)));
                  high = Math.max(high, Arrays.stream(inFlight(balancer)).max().orElseThrow());
                }
                open.forEach(lease -> lease.end(Outcome.SUCCESS));
                return high;
              });
      assertThat(highest).allMatch(high -> high <= most);
      assertThat(inFlight(balancer)).containsOnly(0);
      // Nothing was lost or gained: one request alone finds a cap of 1 everywhere.
      List<Lease> alone = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        alone.add(balancer.lease(Request.of(1)));
      }
      assertThat(Arrays.stream(inFlight(balancer)).max().orElseThrow()).isLessThanOrEqualTo(2);
      alone.forEach(lease -> lease.end(Outcome.SUCCESS));
    }
  }

  @Test
  void countsSurviveThatNodesComeAndGoUnderRequests() throws Exception {
    Zipf zipf = new Zipf();
    ManualSource source = new ManualSource();
    source.publish(Choices.endpoints(Choices.equal(8)));
    try (Balancer balancer =
        Balancer.builder("changing")
            .source(source)
            .strategy(BoundedLoad.of(RingHash.ofPoints(20)))
            .build()) {
      ExecutorService publisher = Executors.newSingleThreadExecutor();
      Future<?> changes =
          publisher.submit(
              () -> {
                SplittableRandom random = new SplittableRandom(3);
                for (int i = 0; i < 3_000; i++) {
                  double[] weights = new double[2 + random.nextInt(8)];
                  Arrays.setAll(weights, w -> 1 + random.nextInt(3));
                  source.publish(Choices.endpoints(weights));
                }
                source.publish(Choices.endpoints(Choices.equal(8)));
              });
      atOnce(
          () -> {
            SplittableRandom random = new SplittableRandom(Thread.currentThread().getId());
            Deque<Lease> open = new ArrayDeque<>();
            while (!changes.isDone()) {
              open.add(balancer.lease(zipf.draw(random)));
              if (open.size() > 5) {
                open.remove().end(Outcome.SUCCESS);
              }
            }
            open.forEach(lease -> lease.end(Outcome.SUCCESS));
            return open;
          });
      publisher.shutdown();
      changes.get();
      assertThat(inFlight(balancer)).containsOnly(0);
      for (int i = 1; i <= 800; i++) {
        balancer.lease(Request.of(7));
        assertThat((long) Arrays.stream(inFlight(balancer)).max().orElseThrow())
            .isLessThanOrEqualTo(cap(1.25, i, 1.0 / 8));
      }
    }
  }

  /** Not one request too early, and not one too late: a hot key fills its node to the cap first. */
  @Test
  void aKeyStaysOnItsNodeUpToTheCap() {
    try (Balancer balancer =
        Choices.balancer(
            BoundedLoad.of(RingHash.ofDefaults()), new SplittableRandom(1), Choices.equal(10))) {
      Request hot = Request.of(5);
      int home = balancer.select(hot).endpoint().port() - 1;
      int[] expected = new int[10];
      for (int total = 1; total <= 200; total++) {
        Node node = balancer.select(hot);
        long cap = cap(1.25, total, 0.1);
        if (expected[home] < cap) {
          assertThat(node.endpoint().port() - 1).isEqualTo(home);
        }
        assertThat(node.begin()).isNotEqualTo(Node.REFUSED);
        expected[node.endpoint().port() - 1]++;
        assertThat(inFlight(balancer)).isEqualTo(expected);
        assertThat(Arrays.stream(expected).max().orElseThrow()).isLessThanOrEqualTo((int) cap);
      }
    }
  }

  @Test
  void aFullNodeRefusesAndSaysSo() {
    try (Balancer balancer =
        Choices.balancer(
            BoundedLoad.of(RoundRobin.of(), 1), new SplittableRandom(1), Choices.equal(2))) {
      Node first = balancer.nodes().get(0);
      Node second = balancer.nodes().get(1);
      long stamp = first.begin();
      assertThat(first.hasRoom()).isFalse();
      assertThat(first.begin()).isEqualTo(Node.REFUSED);
      assertThat(second.hasRoom()).isTrue();
      assertThat(balancer.select(RequestContext.none())).isSameAs(second);
      assertThat(second.begin()).isNotEqualTo(Node.REFUSED);
      assertThat(first.begin()).isNotEqualTo(Node.REFUSED);
      first.end(stamp, Outcome.SUCCESS);
      assertThat(inFlight(balancer)).containsExactly(1, 1);
    }
  }

  /** Each key overflows to nodes of its own, and to the same ones when an unrelated node leaves. */
  @Test
  void overflowIsSpreadAndStable() {
    ManualSource source = new ManualSource();
    List<Endpoint> all = new ArrayList<>(Choices.endpoints(Choices.equal(10)).endpoints());
    source.publish(EndpointSet.of(all));
    try (Balancer balancer =
        Balancer.builder("overflowing")
            .source(source)
            .strategy(BoundedLoad.of(Maglev.ofDefaults(), 1))
            .build()) {
      Node full = balancer.nodes().get(4);
      full.begin();
      int[] takers = new int[11];
      int[] before = IntStream.range(1, 20_000).map(key -> overflow(balancer, key, 5)).toArray();
      for (int port : before) {
        takers[port]++;
      }
      int overflowed = Arrays.stream(takers).sum() - takers[0];
      assertThat(overflowed).isBetween(1_800, 2_200);
      for (int port = 1; port <= 10; port++) {
        assertThat((double) takers[port] / overflowed)
            .isCloseTo(port == 5 ? 0 : 1.0 / 9, within(0.03));
      }
      all.remove(9);
      source.publish(EndpointSet.of(all));
      int[] after = IntStream.range(1, 20_000).map(key -> overflow(balancer, key, 5)).toArray();
      for (int i = 0; i < before.length; i++) {
        if (before[i] != 0 && before[i] != 10 && after[i] != 0) {
          assertThat(after[i]).isEqualTo(before[i]);
        }
      }
    }
  }

  /** Where a key goes that belongs to a full node; 0 for another key. */
  private static int overflow(Balancer balancer, int key, int full) {
    Request request = Request.of(key);
    boolean home =
        balancer.explain(request).why().stream().anyMatch(why -> why.contains("no room"));
    int port = balancer.select(request).endpoint().port();
    assertThat(port).isNotEqualTo(full);
    return home ? port : 0;
  }

  @Test
  void aTriedNodeIsPassedOverLikeAFullOne() {
    try (Balancer balancer =
        Choices.balancer(
            BoundedLoad.of(RingHash.ofDefaults()), new SplittableRandom(1), Choices.equal(5))) {
      Request request = Request.of(99);
      for (int i = 0; i < 5; i++) {
        String id = balancer.select(request).endpoint().id();
        assertThat(request.tried).doesNotContain(id);
        request.tried.add(id);
      }
    }
  }

  @Test
  void aStrategyThatDoesNotSaySoCannotBound() {
    List<Throwable> causes = new ArrayList<>();
    Strategy liar =
        new Strategy() {
          @Override
          public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
            try {
              nodes.boundLoad(1.5);
            } catch (IllegalStateException e) {
              causes.add(e);
            }
            return context -> null;
          }

          @Override
          public LoadMetric loadMetric() {
            return LoadMetric.inFlight();
          }
        };
    Choices.balancer(liar, new SplittableRandom(1), 1, 1).close();
    assertThat(causes)
        .singleElement()
        .extracting(Throwable::getMessage)
        .asString()
        .startsWith("boundsLoad: false (expected: true");
  }

  @Test
  void factorsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoundedLoad.of(RoundRobin.of(), 0.99))
        .withMessage("factor: 0.99 (expected: 1..100)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoundedLoad.of(RoundRobin.of(), Double.NaN));
  }

  @Test
  void senselessStacksAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoundedLoad.of(BoundedLoad.of(RoundRobin.of())))
        .withMessageContaining("no BoundedLoad inside BoundedLoad");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoundedLoad.of(PriorityTiers.of(RoundRobin.of())))
        .withMessageContaining("no PriorityTiers inside BoundedLoad");
  }
}
