package io.evenkeel.lb;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/**
 * Two nodes under a bound with a factor of 1, and two requests that both want the first: it has
 * room for one. The second of them finds room only where a third, on the other node, came before
 * it.
 */
@JCStressTest
@Outcome(
    id = {"true, false, 1", "false, true, 1"},
    expect = ACCEPTABLE,
    desc = "one of two found room")
@Outcome(id = "true, true, 2", expect = ACCEPTABLE, desc = "the request elsewhere made more room")
@Outcome(expect = FORBIDDEN, desc = "the bound was broken, or refused without need")
@State
public class BoundStress {
  private final Node[] nodes = Stressed.bounded(2, 1);

  /** One that wants the first node. */
  @Actor
  public void first(ZZI_Result result) {
    result.r1 = LoadBound.begin(nodes[0]);
  }

  /** Another. */
  @Actor
  public void second(ZZI_Result result) {
    result.r2 = LoadBound.begin(nodes[0]);
  }

  /** One that goes to the other node, and ends at once. */
  @Actor
  public void elsewhere() {
    LoadBound.begin(nodes[1]);
    LoadBound.end(nodes[1]);
  }

  /** What is left on the first. */
  @Arbiter
  public void left(ZZI_Result result) {
    result.r3 = nodes[0].inFlight();
  }
}
