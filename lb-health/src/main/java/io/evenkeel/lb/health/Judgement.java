package io.evenkeel.lb.health;

/**
 * What was concluded of one node last, and since when that holds.
 *
 * <p>Memory: the engine reads {@code share} and {@code withdrawn} from its own threads; they are
 * written in such an order that a node is never seen without a share and not withdrawn on its way
 * in or out. All else belongs to the control thread, which is also the only one that writes.
 */
final class Judgement {
  /** Which share a node keeps that has asked to be spared. */
  private static final double SPARED_SHARE = 0.1;

  private static final double LEAST_SHARE = 0.01;

  private volatile double share = 1;
  private volatile boolean withdrawn;
  private HealthState state = HealthState.UP;
  private String why = "";
  private long sinceNanos;
  private boolean provedFit;

  Judgement(long nowNanos) {
    this.sinceNanos = nowNanos;
  }

  /**
   * Takes the next conclusion; whether the engine must know.
   *
   * @param sparing whether the node has asked to be spared
   */
  boolean take(Conclusion next, boolean sparing, long nowNanos) {
    sinceNanos = next.state() == state ? sinceNanos : nowNanos;
    state = next.state();
    why = sparing && next.why().isEmpty() ? "asked to be spared" : next.why();
    provedFit |= state.isInService();
    double asked = next.share() * (sparing ? SPARED_SHARE : 1);
    double nextShare = asked > 0 ? Math.max(LEAST_SHARE, asked) : 0;
    boolean changed = nextShare != share || next.withdrawn() != withdrawn;
    publish(nextShare, next.withdrawn());
    return changed;
  }

  private void publish(double nextShare, boolean nextWithdrawn) {
    if (nextWithdrawn) {
      withdrawn = true;
      share = nextShare;
    } else {
      share = nextShare;
      withdrawn = false;
    }
  }

  double share() {
    return share;
  }

  boolean isWithdrawn() {
    return withdrawn;
  }

  HealthState state() {
    return state;
  }

  String why() {
    return why;
  }

  /** Since when it is in this state. */
  long sinceNanos() {
    return sinceNanos;
  }

  /** Whether it has ever been in service. */
  boolean isProvedFit() {
    return provedFit;
  }

  /** Whether the state is what detectors have led to. */
  boolean isByPenalty() {
    return state == HealthState.EJECTED
        || state == HealthState.PROBATION
        || state == HealthState.RAMPING;
  }
}
