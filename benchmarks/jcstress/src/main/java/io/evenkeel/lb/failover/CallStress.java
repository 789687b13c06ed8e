package io.evenkeel.lb.failover;

import static java.util.Objects.requireNonNull;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.stress.Still;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** What calls share with timers, and with each other. */
public class CallStress {
  private CallStress() {}

  /** An operation ends while its time is over: the interrupt comes before the end, or never. */
  @JCStressTest
  @Outcome(
      id = {"false, false", "true, false"},
      expect = ACCEPTABLE,
      desc = "in time, or late; no interrupt is left behind")
  @State
  public static class TooLate {
    private final Watched watched = new Watched() {};

    /** The thread in the operation. */
    @Actor
    public void operation(ZZ_Result result) {
      watched.enter(0);
      result.r1 = watched.leave();
      result.r2 = Thread.interrupted();
    }

    /** The watch. */
    @Actor
    public void watch() {
      watched.expire(1);
    }
  }

  /** The watch has seen an attempt whose time is over; the next one has time left. */
  @JCStressTest
  @Outcome(
      id = {"false, false", "true, false"},
      expect = ACCEPTABLE,
      desc = "the first is late, or none is; never the next")
  @State
  public static class NextInTime {
    private final Watched watched = new Watched() {};

    /** The thread in the operations. */
    @Actor
    public void operations(ZZ_Result result) {
      watched.enter(0);
      result.r1 = watched.leave();
      watched.enter(Long.MAX_VALUE / 2);
      result.r2 = watched.leave();
    }

    /** The watch. */
    @Actor
    public void watch() {
      watched.expire(1);
    }
  }

  /** An operation of a hedged call ends while it is cancelled. */
  @JCStressTest
  @Outcome(
      id = {"false, false", "true, false"},
      expect = ACCEPTABLE,
      desc = "done, or cancelled; no interrupt is left behind")
  @State
  public static class Beaten {
    private final Running<Endpoint> running =
        new Running<>(
            new Interruptible<>(
                endpoint -> endpoint, Endpoint.of("10.0.0.1", 1), Outcomes.ofDefaults()),
            unwanted -> {});

    /** The thread in the operation. */
    @Actor
    public void operation(ZZ_Result result) {
      running.run();
      result.r2 = Thread.interrupted();
    }

    /** The other attempt was quicker. */
    @Actor
    public void cancel(ZZ_Result result) {
      result.r1 = running.cancel(true);
    }
  }

  /** Two calls fail while one retry is left. */
  @JCStressTest
  @Outcome(
      id = {"true, false", "false, true"},
      expect = ACCEPTABLE,
      desc = "one of them has it")
  @State
  public static class LastRetry {
    private final RetryBudget budget = RetryBudget.ofRate(0, Duration.ofSeconds(10));

    /** One. */
    @Actor
    public void one(ZZ_Result result) {
      result.r1 = budget.take(0);
    }

    /** Another. */
    @Actor
    public void other(ZZ_Result result) {
      result.r2 = budget.take(0);
    }
  }

  /** A call is cancelled while its stage completes; whoever has the result has the lease. */
  @JCStressTest
  @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "cancelled, and the lease has ended")
  @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "done, and the lease is the caller's")
  @State
  public static class Handed {
    private static final Failover FAILOVER = failover();

    private final CompletableFuture<String> stage = new CompletableFuture<>();
    private final CompletableFuture<String> call;
    private @Nullable Lease lease;

    /** A call that is under way. */
    public Handed() {
      call =
          FAILOVER.callLeasedAsync(
              CallContext.idempotent(),
              Outcomes.ofDefaults(),
              (begun, limit) -> {
                lease = begun;
                return stage;
              });
    }

    private static Failover failover() {
      Balancer balancer =
          Balancer.builder("handed").source(EndpointSource.of(Endpoint.of("10.0.0.1", 1))).build();
      balancer.ready(Duration.ofSeconds(10)).toCompletableFuture().join();
      return Failover.builder(balancer).scheduler(new Still()).ticker(() -> 0).build();
    }

    /** The answer. */
    @Actor
    public void answer() {
      stage.complete("ok");
    }

    /** The caller. */
    @Actor
    public void cancel(ZZ_Result result) {
      result.r1 = call.cancel(true);
    }

    /** Afterwards. */
    @Arbiter
    public void after(ZZ_Result result) {
      result.r2 = requireNonNull(lease).end(io.evenkeel.lb.Outcome.SUCCESS);
    }
  }
}
