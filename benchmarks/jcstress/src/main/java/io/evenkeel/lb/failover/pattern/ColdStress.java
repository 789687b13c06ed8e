package io.evenkeel.lb.failover.pattern;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.failover.Failover;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** In a cold migration two are never at work at once, and each call is made once. */
public class ColdStress {
  private static final Failover OLD = failover("old", 1);
  private static final Failover NEW = failover("new", 2);

  private ColdStress() {}

  private static Failover failover(String name, int port) {
    Balancer balancer =
        Balancer.builder(name).source(EndpointSource.of(Endpoint.of("10.0.0.1", port))).build();
    balancer.ready(Duration.ofSeconds(10)).toCompletableFuture().join();
    return Failover.builder(balancer).scheduler(Never.INSTANCE).build();
  }

  /** Runs nothing. */
  private enum Never implements Scheduler {
    INSTANCE;

    @Override
    public Scheduled schedule(Runnable task, long delayNanos) {
      return () -> {};
    }

    @Override
    public void execute(Runnable task) {}
  }

  /** A migration, and what calls see that are made meanwhile. */
  private static final class Calls {
    final ColdMigration move =
        ColdMigration.of(OLD, NEW, 10, Duration.ofSeconds(1), Never.INSTANCE);
    private final Queue<CompletableFuture<Integer>> answers = new ConcurrentLinkedQueue<>();
    private final AtomicInteger atOld = new AtomicInteger();
    private final AtomicInteger atNew = new AtomicInteger();
    private final AtomicInteger made = new AtomicInteger();
    private volatile boolean both;

    void call() {
      CompletableFuture<Integer> unused = move.callAsync(RequestContext.none(), this::make);
    }

    private CompletableFuture<Integer> make(Endpoint endpoint) {
      made.incrementAndGet();
      boolean old = endpoint.port() == 1;
      (old ? atOld : atNew).incrementAndGet();
      if ((old ? atNew : atOld).get() > 0) {
        both = true;
      }
      CompletableFuture<Integer> answer = new CompletableFuture<>();
      if (old) {
        answers.add(answer);
      }
      return answer;
    }

    /** The old one answers what it has. */
    void answer() {
      CompletableFuture<Integer> answer = answers.poll();
      while (answer != null) {
        atOld.decrementAndGet();
        answer.complete(1);
        answer = answers.poll();
      }
    }

    /** How many calls were made in the end, and whether both were at work. */
    void look(IZ_Result result) {
      move.begin();
      answer();
      result.r1 = made.get();
      result.r2 = both;
    }
  }

  /** A call is made while the migration begins. */
  @JCStressTest
  @Outcome(id = "2, false", expect = ACCEPTABLE, desc = "each was made, none beside another")
  @State
  public static class Begins {
    private final Calls calls = new Calls();

    /** A caller. */
    @Actor
    public void call() {
      calls.call();
    }

    /** Stops the old one; the next call. */
    @Actor
    public void begin() {
      calls.move.begin();
      calls.call();
    }

    /** After the old one has answered. */
    @Arbiter
    public void look(IZ_Result result) {
      calls.look(result);
    }
  }

  /** A call is made, and so held or not, while the last of the old one ends. */
  @JCStressTest
  @Outcome(id = "3, false", expect = ACCEPTABLE, desc = "each was made, none beside another")
  @State
  public static class Moves {
    private final Calls calls = new Calls();

    /** The old one is at work, and stopped. */
    public Moves() {
      calls.call();
      calls.move.begin();
    }

    /** A caller. */
    @Actor
    public void call() {
      calls.call();
    }

    /** The old one ends; the next call. */
    @Actor
    public void end() {
      calls.answer();
      calls.call();
    }

    /** In the end. */
    @Arbiter
    public void look(IZ_Result result) {
      calls.look(result);
    }
  }

  /** A call is made while the migration is aborted. */
  @JCStressTest
  @Outcome(id = "3, false", expect = ACCEPTABLE, desc = "each was made, none beside another")
  @State
  public static class Aborts {
    private final Calls calls = new Calls();

    /** The old one is at work, and stopped. */
    public Aborts() {
      calls.call();
      calls.move.begin();
    }

    /** A caller. */
    @Actor
    public void call() {
      calls.call();
    }

    /** It is let go again; the next call. */
    @Actor
    public void abort() {
      calls.move.abort();
      calls.call();
    }

    /** In the end. */
    @Arbiter
    public void look(IZ_Result result) {
      calls.look(result);
    }
  }
}
