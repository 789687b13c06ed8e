package io.evenkeel.lb;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.ManualSource;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ID_Result;

/** A request that overtakes an update sees the old node or the new one, complete. */
@JCStressTest
@Outcome(id = "1, 1.0", expect = ACCEPTABLE, desc = "the old node")
@Outcome(id = "2, 2.0", expect = ACCEPTABLE, desc = "the new node, with its weight")
@State
public class SnapshotStress {
  private static final EndpointSet OLD = EndpointSet.of(endpoint(1));
  private static final EndpointSet NEW = EndpointSet.of(endpoint(2));

  private final ManualSource source = new ManualSource();
  private final Balancer balancer;

  /** A balancer that has the old set. */
  public SnapshotStress() {
    source.publish(OLD);
    balancer = Stressed.settings().source(source).strategy(RoundRobin.of()).build();
  }

  private static Endpoint endpoint(int number) {
    return Endpoint.builder("10.0.0.1", number).weight(number).build();
  }

  /** The source. */
  @Actor
  public void update() {
    source.publish(NEW);
  }

  /** A request. */
  @Actor
  public void choose(ID_Result result) {
    Node node = balancer.select(RequestContext.none());
    result.r1 = node.endpoint().port();
    result.r2 = node.weight();
  }
}
