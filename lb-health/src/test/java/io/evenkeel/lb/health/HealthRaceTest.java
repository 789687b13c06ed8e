package io.evenkeel.lb.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.HealthMonitor;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.health.detect.Counts;
import io.evenkeel.lb.health.detect.FailuresInARow;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.ManualSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real threads, all at once; time is virtual and moved by one of them. */
@Timeout(60)
class HealthRaceTest {
  private static final int THREADS = 8;
  private static final List<Outcome> OUTCOMES = List.of(Outcome.values());
  private static final Order ORDER = Order.by("anna", "a race");

  private final FakeTicker time = new FakeTicker();
  private final ManualScheduler scheduler = new ManualScheduler(time);
  private final ManualSource source = new ManualSource();
  private final HealthRegistry registry = HealthRegistry.create(100_000, time);
  private final Map<String, Subject> subjects = new ConcurrentHashMap<>();
  private Ticker clock = time;
  private Function<Subject, HealthIndicator> watching = subject -> subject;

  private interface Work {
    void run(int thread, SplittableRandom random) throws Exception;
  }

  private Balancer balancer(Health.Builder builder, int nodes) {
    Health health = builder.registry(registry).build();
    HealthPolicy noting = context -> new Noting(health.newMonitor(context), subjects, watching);
    publish(1, nodes);
    BalancerBuilder settings = Balancer.builder("orders").source(source);
    Balancer balancer =
        settings
            .strategy(RoundRobin.of())
            .health(noting)
            .ticker(clock)
            .scheduler(scheduler)
            .random(new SplittableRandom(42))
            .build();
    scheduler.run();
    return balancer;
  }

  private void publish(int from, int to) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int port = from; port <= to; port++) {
      endpoints.add(Endpoint.of("10.0.0.1", port));
    }
    source.publish(endpoints.toArray(new Endpoint[0]));
  }

  /** Lets the tests see what is kept of each node. */
  private record Noting(
      HealthMonitor monitor,
      Map<String, Subject> subjects,
      Function<Subject, HealthIndicator> watching)
      implements HealthMonitor {
    @Override
    public HealthIndicator watch(Node node) {
      Subject subject = (Subject) monitor.watch(node);
      subjects.put(node.endpoint().id(), subject);
      return watching.apply(subject);
    }

    @Override
    public void panicChanged(boolean panic) {
      monitor.panicChanged(panic);
    }

    @Override
    public void close() {
      monitor.close();
    }
  }

  /** Runs it in many threads, and a pacemaker beside them; what one throws, this throws. */
  private static void race(int threads, Work work, Runnable pacemaker) throws Exception {
    Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
    AtomicInteger running = new AtomicInteger(threads);
    List<Thread> started = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int index = i;
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.run(index, new SplittableRandom(1000 + index));
                } catch (Throwable t) {
                  thrown.add(t);
                } finally {
                  running.decrementAndGet();
                }
              });
      started.add(thread);
      thread.start();
    }
    while (running.get() > 0) {
      pacemaker.run();
      Thread.onSpinWait();
    }
    for (Thread thread : started) {
      thread.join();
    }
    assertThat(thrown).isEmpty();
  }

  private static Node node(Balancer balancer, int port) {
    return balancer.nodes().stream()
        .filter(node -> node.endpoint().port() == port)
        .findFirst()
        .orElseThrow();
  }

  private static void requests(Node node, Outcome outcome, int count) {
    for (int i = 0; i < count; i++) {
      node.end(node.begin(), outcome);
    }
  }

  private HealthState state(int port) {
    return registry.endpoints().get(port - 1).state();
  }

  @Test
  void onProbationThereIsOneTrialAtATimeAndProbationEnds() throws Exception {
    Duration base = Duration.ofMillis(100);
    try (Balancer balancer =
        balancer(
            Health.builder().recommendedDetectors().ejection(base, base).ramp(Duration.ZERO), 3)) {
      Node tried = node(balancer, 1);
      AtomicInteger most = new AtomicInteger();
      AtomicInteger trials = new AtomicInteger();
      for (int round = 0; round < 300; round++) {
        requests(node(balancer, 2), Outcome.SUCCESS, 100);
        requests(node(balancer, 3), Outcome.SUCCESS, 100);
        long old = tried.begin();
        long older = tried.begin();
        requests(tried, Outcome.FAILURE, 10);
        scheduler.advance(Duration.ofMillis(20));
        assertThat(state(1)).as("round " + round).isEqualTo(HealthState.EJECTED);
        while (state(1) == HealthState.EJECTED) {
          scheduler.advance(Duration.ofMillis(10));
        }
        assertThat(state(1)).as("round " + round).isEqualTo(HealthState.PROBATION);
        int seed = round;
        AtomicInteger now = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        CyclicBarrier start = new CyclicBarrier(THREADS);
        // No time passes, so only a trial can end it.
        race(
            THREADS,
            (index, threadRandom) -> {
              SplittableRandom random = new SplittableRandom(seed * 100L + index);
              start.await();
              if (index == 0) {
                tried.end(old, Outcome.CANCELLED);
                tried.end(older, Outcome.SUCCESS);
              }
              while (!over.get()) {
                long stamp = tried.begin();
                if (stamp == Node.REFUSED) {
                  Thread.onSpinWait();
                  continue;
                }
                trials.incrementAndGet();
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                boolean last = random.nextInt(50) == 0;
                Outcome outcome = random.nextBoolean() ? Outcome.CANCELLED : Outcome.REJECTED;
                now.decrementAndGet();
                if (last) {
                  over.set(true);
                  outcome = random.nextBoolean() ? Outcome.SUCCESS : Outcome.FAILURE;
                }
                tried.end(stamp, outcome);
              }
            },
            () -> {});
        scheduler.run();
        assertThat(state(1)).as("round " + round).isNotEqualTo(HealthState.PROBATION);
        assertThat(tried.inFlight()).isZero();
        scheduler.advance(Duration.ofSeconds(1));
        assertThat(state(1)).as("round " + round).isEqualTo(HealthState.UP);
      }
      assertThat(most).hasValue(1);
      assertThat(trials).hasValueGreaterThan(1000);
    }
  }

  /**
   * Ordinary requests, of which some are long under way, go on while a node that mostly fails is
   * ejected and tried again and again. Most trials say nothing, so a probation takes several.
   */
  @Test
  void amidTrafficTrialsNeverOverlapAndThePermitIsNeverLost() throws Exception {
    Duration base = Duration.ofMillis(100);
    // Each reading is later than the one before, so that no two requests have one stamp.
    AtomicLong now = new AtomicLong();
    clock = now::incrementAndGet;
    Runnable millisecond =
        () -> {
          now.addAndGet(1_000_000);
          scheduler.advance(Duration.ofMillis(1));
        };
    int free = 0;
    Trials trials = new Trials();
    registry.listen(trials::note);
    watching = trials::watch;
    try (Balancer balancer =
        balancer(
            Health.builder()
                .detector(FailuresInARow.of(5))
                .ejection(base, base)
                .ramp(Duration.ZERO),
            3)) {
      // Until all has happened often enough, which the scheduler of the machine decides.
      for (int round = 0; round < 30 || (round < 500 && !(free > 15 && trials.many())); round++) {
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger steps = new AtomicInteger();
        race(
            THREADS,
            (index, random) -> {
              List<Request> open = new ArrayList<>();
              while (!over.get()) {
                Node node = balancer.select(RequestContext.none());
                Request begun = trials.begin(node);
                if (begun != null) {
                  open.add(begun);
                }
                if (open.size() > random.nextInt(10)) {
                  trials.end(open.remove(random.nextInt(open.size())), random);
                }
              }
              for (Request each : open) {
                trials.end(each, random);
              }
            },
            () -> {
              if (over.get()) {
                return;
              }
              millisecond.run();
              // At the end of a round some thread has the permit, and gives it back without a word.
              trials.inconclusive = steps.incrementAndGet() > 400;
              if (trials.inconclusive && state(1) == HealthState.PROBATION) {
                over.set(true);
              }
            });
        scheduler.run();
        Node tried = node(balancer, 1);
        assertThat(tried.inFlight()).isZero();
        if (state(1) == HealthState.PROBATION) {
          long stamp = tried.begin();
          assertThat(stamp).as("nobody has the permit").isNotEqualTo(Node.REFUSED);
          tried.end(stamp, Outcome.SUCCESS);
          scheduler.run();
          assertThat(state(1)).isEqualTo(HealthState.UP);
          free++;
        }
      }
      for (int i = 0; i < 1000; i++) {
        millisecond.run();
      }
      assertThat(state(1)).isEqualTo(HealthState.UP);
      assertThat(trials.most).hasValue(1);
      assertThat(free).isGreaterThan(15);
      assertThat(trials.many()).as(trials.toString()).isTrue();
    }
  }

  /**
   * A request that has begun.
   *
   * @param probation in which it is a trial; 0 if it is none
   */
  private record Request(Node node, long stamp, int probation) {}

  /** Knows trials from other requests, and how many are under way. */
  private static final class Trials {
    final AtomicInteger probations = new AtomicInteger();
    final AtomicInteger most = new AtomicInteger();
    volatile boolean inconclusive;
    private final Map<Integer, AtomicInteger> underWay = new ConcurrentHashMap<>();
    private final Map<Outcome, AtomicInteger> ended = new ConcurrentHashMap<>();
    private final ThreadLocal<Integer> admittedIn = ThreadLocal.withInitial(() -> 0);

    void note(HealthTransition transition) {
      if (transition.to() == HealthState.PROBATION) {
        probations.incrementAndGet();
      }
    }

    HealthIndicator watch(Subject subject) {
      return new HealthIndicator() {
        @Override
        public boolean admit(long nowNanos) {
          int before = probationOf(subject);
          boolean admitted = subject.admit(nowNanos);
          // One that was let in while a probation began or ended may be none.
          admittedIn.set(admitted && before == probationOf(subject) ? before : 0);
          return admitted;
        }

        @Override
        public void record(Outcome outcome, long latencyNanos, long nowNanos) {
          subject.record(outcome, latencyNanos, nowNanos);
        }

        @Override
        public double health() {
          return subject.health();
        }

        @Override
        public boolean isWithdrawn() {
          return subject.isWithdrawn();
        }

        @Override
        public void close() {
          subject.close();
        }
      };
    }

    /** Which one it is on; 0 for none. */
    private int probationOf(Subject subject) {
      int probation = probations.get();
      return (subject.attention() & Tally.GATED) != 0 ? probation : 0;
    }

    @Nullable Request begin(Node node) {
      long stamp = node.begin();
      if (stamp == Node.REFUSED) {
        return null;
      }
      int probation = admittedIn.get();
      if (probation != 0) {
        most.accumulateAndGet(underWay(probation).incrementAndGet(), Math::max);
      }
      return new Request(node, stamp, probation);
    }

    void end(Request request, SplittableRandom random) {
      Outcome outcome = Outcome.SUCCESS;
      if (request.probation != 0) {
        outcome =
            switch (inconclusive ? 2 : random.nextInt(20)) {
              case 0 -> Outcome.SUCCESS;
              case 1 -> Outcome.FAILURE;
              default -> random.nextBoolean() ? Outcome.REJECTED : Outcome.CANCELLED;
            };
        ended.computeIfAbsent(outcome, each -> new AtomicInteger()).incrementAndGet();
        underWay(request.probation).decrementAndGet();
      } else if (request.node.endpoint().port() == 1) {
        outcome = random.nextInt(10) == 0 ? Outcome.CANCELLED : Outcome.FAILURE;
      }
      request.node.end(request.stamp, outcome);
    }

    private AtomicInteger underWay(int probation) {
      return underWay.computeIfAbsent(probation, each -> new AtomicInteger());
    }

    /** Whether there were many probations, and many trials of each kind of end. */
    boolean many() {
      return probations.get() > 60
          && ended.size() == 4
          && ended.values().stream().allMatch(count -> count.get() > 10);
    }

    @Override
    public String toString() {
      return probations + " probations, trials that ended: " + ended;
    }
  }

  @Test
  void nothingIsLostOfAMillionRequests() throws Exception {
    int nodes = 6;
    int each = 125_000;
    LongAdder[] successes = adders(nodes);
    LongAdder[] failures = adders(nodes);
    try (Balancer balancer =
        balancer(
            Health.builder()
                .detector(FailuresInARow.of(5))
                .ejection(Duration.ofMillis(100), Duration.ofMillis(100)),
            nodes)) {
      AtomicInteger ejections = new AtomicInteger();
      registry.listen(
          transition -> {
            if (transition.to() == HealthState.EJECTED) {
              ejections.incrementAndGet();
            }
          });
      race(
          THREADS,
          (index, random) -> {
            for (int i = 0; i < each; ) {
              Node node = balancer.select(RequestContext.none());
              long stamp = node.begin();
              if (stamp == Node.REFUSED) {
                continue;
              }
              i++;
              int port = node.endpoint().port();
              // Node 1 fails in spells; the others now and then.
              boolean bad = port == 1 && (i / 500) % 2 == 0;
              int chance = random.nextInt(100);
              Outcome outcome =
                  bad || chance < 2
                      ? Outcome.FAILURE
                      : chance < 5
                          ? Outcome.CANCELLED
                          : chance < 8 ? Outcome.REJECTED : Outcome.SUCCESS;
              if (outcome == Outcome.SUCCESS) {
                successes[port].increment();
              } else if (outcome == Outcome.FAILURE) {
                failures[port].increment();
              }
              node.end(stamp, outcome);
            }
          },
          () -> scheduler.advance(Duration.ofMillis(1)));
      assertThat(ejections).hasValueGreaterThan(1);
      scheduler.advance(Duration.ofSeconds(5));
      for (int port = 1; port <= nodes; port++) {
        Node node = node(balancer, port);
        Subject subject = subject(port);
        assertThat(node.inFlight()).isZero();
        assertThat(subject.succeeded() & ((1L << Tally.COUNT_BITS) - 1))
            .isEqualTo(successes[port].sum());
        assertThat(subject.failed()).isEqualTo((int) failures[port].sum());
        assertThat(node.begin()).isNotEqualTo(Node.REFUSED);
      }
    }
  }

  private Subject subject(int port) {
    Subject found = subjects.get("10.0.0.1:" + port);
    assertThat(found).isNotNull();
    return found;
  }

  private static LongAdder[] adders(int nodes) {
    LongAdder[] adders = new LongAdder[nodes + 1];
    for (int i = 0; i < adders.length; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  @Test
  void theWindowSeesEachRequestOnce() throws Exception {
    int each = 100_000;
    AtomicLong successes = new AtomicLong();
    AtomicLong latencies = new AtomicLong();
    AtomicLong failures = new AtomicLong();
    try (Balancer balancer = balancer(Health.builder(), 1)) {
      assertThat(balancer.nodes()).hasSize(1);
      Subject subject = subject(1);
      Window window = new Window(time.read());
      race(
          THREADS,
          (index, random) -> {
            for (int i = 0; i < each; i++) {
              long units = random.nextLong(1 << 20);
              if (random.nextInt(10) == 0) {
                subject.record(Outcome.FAILURE, 0, time.read());
                failures.incrementAndGet();
              } else {
                subject.record(Outcome.SUCCESS, units << Tally.LATENCY_SHIFT, time.read());
                successes.incrementAndGet();
                latencies.addAndGet(units << Tally.LATENCY_SHIFT);
              }
            }
          },
          () -> window.look(subject, 0, time.read()));
      window.look(subject, 0, time.read());
      assertThat(window.traffic(subject).tenSeconds())
          .isEqualTo(new Counts(successes.get(), failures.get(), latencies.get()));
    }
  }

  @Test
  void howeverManyFailAtOnceNoMoreThanTheShareIsEverEjected() throws Exception {
    for (int nodes : new int[] {2, 3, 10, 40}) {
      Set<Integer> out = new HashSet<>();
      AtomicInteger most = new AtomicInteger();
      try (Balancer balancer =
          balancer(
              Health.builder()
                  .recommendedDetectors()
                  .ejection(Duration.ofMillis(100), Duration.ofMillis(200))
                  .ramp(Duration.ZERO)
                  .maxEjectedShare(0.3),
              nodes)) {
        registry.listen(
            transition -> {
              int port = transition.endpoint().port();
              boolean isOut =
                  transition.to() == HealthState.EJECTED
                      || transition.to() == HealthState.PROBATION;
              if (isOut) {
                out.add(port);
              } else {
                out.remove(port);
              }
              most.accumulateAndGet(out.size(), Math::max);
            });
        List<Node> all = balancer.nodes();
        all.forEach(node -> requests(node, Outcome.SUCCESS, 200));
        scheduler.advance(Duration.ofMillis(200));
        // Threads that are out of step fail all nodes by halves, and a look may come too late: then
        // nothing is ejected, rightly.
        Object pace = new Object();
        CyclicBarrier halves =
            new CyclicBarrier(
                THREADS,
                () -> {
                  synchronized (pace) {
                    scheduler.advance(Duration.ofMillis(10));
                  }
                });
        race(
            THREADS,
            (index, random) -> {
              for (int i = 0; i < 30_000; i++) {
                if (i % 10_000 == 0) {
                  halves.await(30, TimeUnit.SECONDS);
                }
                Node node = all.get(random.nextInt(nodes));
                long stamp = node.begin();
                if (stamp != Node.REFUSED) {
                  // One half of the nodes fails, then the other.
                  boolean bad = (node.endpoint().port() + i / 10_000) % 2 != 0;
                  node.end(stamp, bad ? Outcome.FAILURE : Outcome.SUCCESS);
                }
              }
            },
            () -> {
              synchronized (pace) {
                scheduler.advance(Duration.ofMillis(1));
              }
            });
        int limit = Math.max(1, 3 * nodes / 10);
        assertThat(most.get()).as(nodes + " nodes").isEqualTo(limit);
      }
    }
  }

  @Test
  void ordersUpdatesVerdictsAndTrafficAtOnceLeaveNoGapAndNothingBehind() throws Exception {
    List<HealthTransition> heard = new ArrayList<>();
    SharedCheck check = new SharedCheck();
    Balancer balancer =
        balancer(
            Health.builder()
                .recommendedDetectors()
                .check(check)
                .ejection(Duration.ofMillis(100), Duration.ofMillis(200)),
            8);
    registry.listen(heard::add);
    AtomicInteger mostKnown = new AtomicInteger();
    registry.listen(
        transition -> mostKnown.accumulateAndGet(registry.endpoints().size(), Math::max));
    race(
        THREADS,
        (index, random) -> {
          for (int i = 0; i < 2000; i++) {
            String id = "10.0.0.1:" + (1 + random.nextInt(12));
            if (index == 0) {
              publish(1 + random.nextInt(4), 8 + random.nextInt(4));
            } else if (index == 1) {
              switch (random.nextInt(4)) {
                case 0 -> registry.disable("orders", id, ORDER);
                case 1 -> registry.forceUp("orders", id, ORDER.expiringAfter(Duration.ofMillis(5)));
                case 2 -> registry.drain("orders", id, Duration.ofMillis(5), ORDER);
                default -> registry.enable("orders", id);
              }
            } else if (index == 2) {
              CheckContext context = check.any(random);
              context.report(random.nextBoolean() ? Verdict.up("") : Verdict.down("503"));
            } else if (index == 3) {
              List<EndpointHealth> shown = registry.endpoints();
              assertThat(shown.stream().map(each -> each.endpoint().id()))
                  .doesNotHaveDuplicates()
                  .isSorted();
            } else {
              traffic(balancer, random);
            }
          }
        },
        () -> scheduler.advance(Duration.ofMillis(1)));
    for (int port = 1; port <= 12; port++) {
      registry.enable("orders", "10.0.0.1:" + port);
    }
    scheduler.advance(Duration.ofSeconds(1));
    assertThat(mostKnown.get()).isBetween(1, 12);
    assertThat(registry.endpoints()).hasSameSizeAs(balancer.nodes());
    for (Node node : balancer.nodes()) {
      assertThat(node.inFlight()).isZero();
    }
    balancer.close();
    scheduler.advance(Duration.ofMinutes(10));
    assertThat(registry.endpoints()).isEmpty();
    assertThat(scheduler.pending()).isZero();
    for (int i = 1; i < heard.size(); i++) {
      assertThat(heard.get(i).version()).isEqualTo(heard.get(i - 1).version() + 1);
    }
    assertThat(consistent(registry.history())).isTrue();
    assertThat(check.open()).isZero();
  }

  /** Each endpoint goes from where it was. */
  private static boolean consistent(List<HealthTransition> transitions) {
    Map<String, HealthState> states = new HashMap<>();
    for (HealthTransition each : transitions) {
      String id = each.endpoint().id();
      assertThat(states.get(id)).as(each.toString()).isEqualTo(each.from());
      if (each.to() == null) {
        states.remove(id);
      } else {
        states.put(id, each.to());
      }
    }
    return states.isEmpty();
  }

  private static void traffic(Balancer balancer, SplittableRandom random) {
    for (int i = 0; i < 20; i++) {
      try {
        Node node = balancer.select(RequestContext.none());
        long stamp = node.begin();
        if (stamp != Node.REFUSED) {
          node.end(stamp, OUTCOMES.get(random.nextInt(OUTCOMES.size())));
        }
      } catch (NoEndpointException e) {
        return;
      }
    }
  }

  /** A check that any thread may speak for. */
  private static final class SharedCheck implements HealthCheck {
    private final List<CheckContext> contexts = new CopyOnWriteArrayList<>();
    private final AtomicInteger open = new AtomicInteger();

    @Override
    public Run start(CheckContext context) {
      contexts.add(context);
      open.incrementAndGet();
      context.report(Verdict.up("assumed"));
      return open::decrementAndGet;
    }

    CheckContext any(SplittableRandom random) {
      return contexts.get(random.nextInt(contexts.size()));
    }

    int open() {
      return open.get();
    }
  }
}
