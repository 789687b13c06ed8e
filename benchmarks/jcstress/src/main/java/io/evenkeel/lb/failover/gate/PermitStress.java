package io.evenkeel.lb.failover.gate;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.evenkeel.lb.stress.Still;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZZ_Result;

/** The permit of a bulkhead is one request's at a time, and comes back once. */
@JCStressTest
@Outcome(
    id = {"true, true, true, false", "true, false, true, false", "false, true, true, false"},
    expect = ACCEPTABLE,
    desc = "one or both were let in, and one permit is left")
@State
public class PermitStress {
  private static final Still STILL = new Still();
  private static final io.evenkeel.lb.Node NODE = Still.node();
  private static final BulkheadConfig ONE = BulkheadConfig.custom().maxConcurrentCalls(1).build();
  private static final BulkheadRegistry REGISTRY = BulkheadRegistry.ofDefaults();

  private final BulkheadGate gate =
      new BulkheadGate(new Tenure(NODE, STILL.ticker()), Bulkhead.of("one", ONE), REGISTRY);

  private boolean passes() {
    boolean admitted = gate.admit(1);
    if (admitted) {
      gate.record(io.evenkeel.lb.Outcome.SUCCESS, 1, 2);
    }
    return admitted;
  }

  /** A request. */
  @Actor
  public void one(ZZZZ_Result result) {
    result.r1 = passes();
  }

  /** Another. */
  @Actor
  public void other(ZZZZ_Result result) {
    result.r2 = passes();
  }

  /** Two more, which do not end. */
  @Arbiter
  public void after(ZZZZ_Result result) {
    result.r3 = gate.admit(3);
    result.r4 = gate.admit(4);
  }
}
