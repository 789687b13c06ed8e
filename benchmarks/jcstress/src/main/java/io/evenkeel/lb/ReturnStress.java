package io.evenkeel.lb;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/**
 * An endpoint leaves and comes back while a request begins: whichever of its nodes the request had
 * chosen, it is counted on the one that the balancer knows.
 */
@JCStressTest
@Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "begun before, or after it came back")
@Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "begun elsewhere meanwhile")
@State
public class ReturnStress {
  private static final EndpointSet THERE = EndpointSet.of(Endpoint.of("10.0.0.1", 1));
  private static final EndpointSet GONE = EndpointSet.of(Endpoint.of("10.0.0.2", 1));

  private final NodeTable table = Stressed.table();
  private volatile Node present = table.update(THERE).get(0);

  /** A request, which chooses until it has begun. */
  @Actor
  public void request(ZI_Result result) {
    Node chosen = present;
    while (chosen.begin() == Node.REFUSED) {
      chosen = present;
    }
    result.r1 = THERE.endpoints().contains(chosen.endpoint());
  }

  /** The engine. */
  @Actor
  public void bounce() {
    take(GONE);
    take(THERE);
  }

  private void take(EndpointSet set) {
    present = table.update(set).get(0);
    table.retireAllBut(set);
  }

  /** What is counted. */
  @Arbiter
  public void counted(ZI_Result result) {
    result.r2 = present.inFlight();
  }
}
