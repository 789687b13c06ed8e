package io.evenkeel.lb;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** A lease ends once, whoever ends it, and its request is counted down once. */
@JCStressTest
@Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "the caller ended it")
@Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "the limit ended it")
@State
public class LeaseStress {
  private static final Leases OPEN = Stressed.leases();

  private final Node node = Stressed.node();
  private final Lease lease = OPEN.open(node, node.begin());

  /** The caller. */
  @Actor
  public void caller(ZZI_Result result) {
    result.r1 = lease.end(io.evenkeel.lb.Outcome.SUCCESS);
  }

  /** The limit for leases that were forgotten. */
  @Actor
  public void limit(ZZI_Result result) {
    result.r2 = lease.end(io.evenkeel.lb.Outcome.CANCELLED);
  }

  /** What is left in flight. */
  @Arbiter
  public void left(ZZI_Result result) {
    result.r3 = node.inFlight();
  }
}
