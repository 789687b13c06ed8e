package io.evenkeel.lb;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Every begin and every end counts. */
@JCStressTest
@Outcome(id = "[12], [12], 1", expect = ACCEPTABLE, desc = "one request is left in flight")
@State
public class InFlightStress {
  private final Node node = Stressed.node();

  /** A request that begins and ends. */
  @Actor
  public void whole(III_Result result) {
    long stamp = node.begin();
    result.r1 = node.inFlight();
    node.end(stamp, io.evenkeel.lb.Outcome.SUCCESS);
  }

  /** A request that only begins. */
  @Actor
  public void begun(III_Result result) {
    node.begin();
    result.r2 = node.inFlight();
  }

  /** What is left. */
  @Arbiter
  public void left(III_Result result) {
    result.r3 = node.inFlight();
  }
}
