package io.evenkeel.lb.failover.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real threads. */
@Timeout(120)
class BreakerRaceTest {
  private static final int TRIALS = 3;
  private static final Duration WAIT = Duration.ofMillis(1);

  private final FakeTicker time = new FakeTicker();
  private final ManualScheduler scheduler = new ManualScheduler(time);

  /** How far each look moves the clock, so that stamps differ or many are the same. */
  private int step = 1;

  private final Ticker ticker =
      () -> {
        time.advance(step);
        return time.read();
      };

  private final Breakers breakers =
      Breakers.of(
          CircuitBreakerConfig.custom()
              .slidingWindowSize(10)
              .minimumNumberOfCalls(10)
              .permittedNumberOfCallsInHalfOpenState(TRIALS)
              .waitIntervalFunctionInOpenState(new Doubling(WAIT, WAIT))
              .build());
  private final Balancer balancer =
      new Fixture(breakers)
          .builder
          .source(EndpointSource.of(Fixture.endpoint(1)))
          .ticker(ticker)
          .scheduler(scheduler)
          .panicThreshold(0)
          .random(() -> ThreadLocalRandom.current().nextLong())
          .build();
  private final Node node = balancer.nodes().get(0);
  private final CircuitBreaker breaker = breakers.registry().find("orders/s1").orElseThrow();

  private static void end(Node node, long stamp, Outcome outcome) {
    if (stamp != Node.REFUSED) {
      node.end(stamp, outcome);
    }
  }

  @Test
  void exactlyAsManyTrialsAsArePermittedWhateverWasBegunBefore() throws Exception {
    int threads = 2; // as many as there are processors anywhere, so that they really meet
    int rounds = 3000;
    AtomicInteger ready = new AtomicInteger();
    long[][] begun = new long[threads][4];
    long[] old = new long[threads];
    Outcome[] trialOutcomes = {Outcome.SUCCESS, Outcome.FAILURE, Outcome.CANCELLED};
    SplittableRandom random = new SplittableRandom(42);
    AtomicInteger round = new AtomicInteger();
    String[] wrong = new String[1];
    // The one who comes last prepares the next round: closed, with old requests, then half open.
    CyclicBarrier prepared = new CyclicBarrier(threads, () -> prepare(old));
    CyclicBarrier tried =
        new CyclicBarrier(
            threads,
            () -> {
              int count = 0;
              for (long[] stamps : begun) {
                for (long stamp : stamps) {
                  count += stamp == Node.REFUSED ? 0 : 1;
                }
              }
              if (count != TRIALS || breaker.getMetrics().getNumberOfBufferedCalls() != 0) {
                wrong[0] = count + " trials in round " + round + ", " + breaker.getState();
              }
              round.incrementAndGet();
              for (long[] stamps : begun) {
                for (int i = 0; i < stamps.length; i++) {
                  end(node, stamps[i], trialOutcomes[random.nextInt(3)]);
                }
              }
            });
    Thread[] workers = new Thread[threads];
    for (int t = 0; t < threads; t++) {
      int index = t;
      workers[t] =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < rounds; i++) {
                    prepared.await();
                    ready.incrementAndGet();
                    for (int spins = 0; ready.get() < threads * (i + 1); spins++) {
                      if (spins > 1000) {
                        LockSupport.parkNanos(1);
                      }
                    }
                    begun[index][0] = node.begin();
                    begun[index][1] = node.begin();
                    // Of before; it must neither count nor make room.
                    node.end(old[index], index % 2 == 0 ? Outcome.FAILURE : Outcome.CANCELLED);
                    begun[index][2] = node.begin();
                    begun[index][3] = node.begin();
                    tried.await();
                  }
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      workers[t].start();
    }
    for (Thread worker : workers) {
      worker.join();
    }
    assertThat(wrong[0]).isNull();
    assertThat(round.get()).isEqualTo(rounds);
    assertThat(node.inFlight()).isZero();
  }

  private void prepare(long[] old) {
    breaker.transitionToClosedState();
    end(node, node.begin(), Outcome.CANCELLED);
    for (int i = 0; i < old.length; i++) {
      old[i] = node.begin();
    }
    breaker.transitionToOpenState();
    end(node, node.begin(), Outcome.CANCELLED);
    scheduler.advance(Duration.ofMillis(2));
    if (breaker.getState() != State.HALF_OPEN) {
      throw new AssertionError(breaker.getState());
    }
  }

  @Test
  void permitsAreConservedOverAMillionEndsOfAllKinds() throws Exception {
    int threads = 4;
    int requests = 250_000;
    step = 0;
    Outcome[] outcomes = Outcome.values();
    LongAdder transitions = new LongAdder();
    AtomicInteger running = new AtomicInteger(threads);
    Thread[] workers = new Thread[threads];
    for (int t = 0; t < threads; t++) {
      SplittableRandom random = new SplittableRandom(7 + t);
      workers[t] =
          new Thread(
              () -> {
                ArrayDeque<Long> open = new ArrayDeque<>();
                int begun = 0;
                while (begun < requests) {
                  long stamp = node.begin();
                  if (stamp != Node.REFUSED) {
                    open.add(stamp);
                    begun++;
                  }
                  while (open.size() > 3 || (!open.isEmpty() && random.nextInt(3) == 0)) {
                    long next = random.nextBoolean() ? open.removeFirst() : open.removeLast();
                    node.end(
                        next,
                        random.nextInt(3) == 0
                            ? outcomes[random.nextInt(outcomes.length)]
                            : Outcome.SUCCESS);
                  }
                }
                open.forEach(stamp -> node.end(stamp, Outcome.CANCELLED));
                running.decrementAndGet();
              });
      workers[t].start();
    }
    State last = State.CLOSED;
    while (running.get() > 0) {
      scheduler.advance(Duration.ofNanos(100_000));
      State now = breaker.getState();
      if (now != last) {
        transitions.increment();
        last = now;
      }
    }
    for (Thread worker : workers) {
      worker.join();
    }
    assertThat(node.inFlight()).isZero();
    assertThat(transitions.sum()).isGreaterThan(20);
    // Whatever came before, half open is reached, has all its permits, and is left.
    scheduler.advance(Duration.ofSeconds(1));
    if (breaker.getState() == State.CLOSED) {
      breaker.transitionToOpenState();
      end(node, node.begin(), Outcome.CANCELLED);
      scheduler.advance(Duration.ofSeconds(1));
    }
    time.advance(1);
    assertThat(breaker.getState()).isEqualTo(State.HALF_OPEN);
    int results = breaker.getMetrics().getNumberOfBufferedCalls();
    for (int i = results; i < TRIALS; i++) {
      time.advance(1);
      long stamp = node.begin();
      assertThat(stamp).isNotEqualTo(Node.REFUSED);
      node.end(stamp, Outcome.SUCCESS);
    }
    assertThat(breaker.getState()).isNotEqualTo(State.HALF_OPEN);
  }
}
