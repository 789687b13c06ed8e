package io.evenkeel.lb.health;

import io.evenkeel.lb.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What follows from all that is known of an endpoint. What people have ordered comes first, then
 * what its checks say, then its penalty.
 *
 * @param state what it may be used for
 * @param share with how much of its weight by order, checks and penalty
 * @param withdrawn whether it is out of service on purpose
 * @param why for people
 */
record Conclusion(HealthState state, double share, boolean withdrawn, String why) {
  /** Nothing is known against it. */
  static final Conclusion UP = new Conclusion(HealthState.UP, 1, false, "");

  static Conclusion of(
      Endpoint endpoint,
      @Nullable Standing standing,
      List<Verdict> verdicts,
      Conclusion byPenalty) {
    if (standing != null && standing.command() != null) {
      return ordered(standing, standing.command());
    }
    Conclusion known = byChecks(standing, verdicts, byPenalty);
    // Without a weight it gets nothing anyway. Its share is what it is good for, so that it is back
    // at the moment when it has a weight again, which nobody tells the monitor.
    return endpoint.weight() == 0 && known.state.isInService()
        ? new Conclusion(HealthState.DRAINING, known.share, false, "weight 0")
        : known;
  }

  private static Conclusion byChecks(
      @Nullable Standing standing, List<Verdict> verdicts, Conclusion byPenalty) {
    double share = standing == null ? 1 : standing.share();
    for (Verdict.Kind kind :
        List.of(Verdict.Kind.MAINTENANCE, Verdict.Kind.DRAINING, Verdict.Kind.DOWN)) {
      for (Verdict verdict : verdicts) {
        if (verdict.kind() == kind) {
          return checked(verdict);
        }
      }
    }
    for (Verdict verdict : verdicts) {
      share = Math.min(share, verdict.share());
    }
    if (share == 0) {
      return new Conclusion(HealthState.DRAINING, 0, true, "share 0");
    }
    return new Conclusion(byPenalty.state, share * byPenalty.share, false, byPenalty.why);
  }

  /** From a penalty alone. */
  static Conclusion of(Penalty penalty, String reason, long nowNanos) {
    HealthState state =
        switch (penalty.phase()) {
          case FREE -> HealthState.UP;
          case EJECTED -> HealthState.EJECTED;
          case PROBATION -> HealthState.PROBATION;
          case RAMPING -> HealthState.RAMPING;
        };
    String why = penalty.phase() == Penalty.Phase.FREE ? "" : reason;
    return new Conclusion(state, penalty.share(nowNanos), false, why);
  }

  private static Conclusion ordered(Standing standing, Standing.Command command) {
    String why = standing.order().toString();
    return switch (command) {
      case UP -> new Conclusion(HealthState.UP, standing.share(), false, why);
      case DOWN -> new Conclusion(HealthState.DOWN, 0, true, why);
      case DISABLED -> new Conclusion(HealthState.DISABLED, 0, true, why);
      case DRAINING -> new Conclusion(HealthState.DRAINING, 0, true, why);
    };
  }

  private static Conclusion checked(Verdict verdict) {
    return switch (verdict.kind()) {
      case MAINTENANCE -> new Conclusion(HealthState.DISABLED, 0, true, verdict.why());
      case DRAINING -> new Conclusion(HealthState.DRAINING, 0, true, verdict.why());
      default -> new Conclusion(HealthState.DOWN, 0, false, verdict.why());
    };
  }
}
