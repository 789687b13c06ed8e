package io.evenkeel.lb.health;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.health.Departures.Departure;
import io.evenkeel.lb.health.Penalty.Phase;
import io.evenkeel.lb.health.detect.Counts;
import io.evenkeel.lb.health.detect.Span;
import io.evenkeel.lb.health.detect.Traffic;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of the health of one node. Requests stop at the {@link Gate} and write the
 * {@link Tally}; all else belongs to the control thread of the registry, which publishes what it
 * concludes in its {@link Judgement}.
 */
final class Subject extends Gate {
  final Node node;

  /** The endpoint that it was then: when its address changes, it leaves and another joins. */
  final Endpoint joined;

  private final Monitor monitor;
  private final Health policy;

  // Made when they are needed first: most nodes of most balancers are idle and never in trouble.
  private volatile @Nullable Window window;
  private @Nullable Penalty penalty;
  private @Nullable Suspicions suspicions;

  /** Null without checks. */
  final @Nullable Checkup checkup;

  /** Since when it is watched. */
  final long joinedNanos;

  /** Where it is in the monitor's list. */
  int place;

  private final Judgement judgement;
  private final Doubt doubt = new Doubt();

  private String penaltyReason = "";

  /** Whether it has failed on probation since then. */
  private boolean failedAgain;

  private @Nullable Standing standing;
  private boolean stale;
  private boolean weightless;

  /** Whether the node has left, so that what still comes of it means nothing. */
  boolean left;

  Subject(Monitor monitor, Node node, Health policy, long nowNanos) {
    super(monitor.looks);
    this.monitor = monitor;
    this.node = node;
    this.joined = node.endpoint();
    this.policy = policy;
    this.checkup = policy.checks.isEmpty() ? null : monitor.newCheckup();
    this.joinedNanos = nowNanos;
    this.judgement = new Judgement(nowNanos);
  }

  // The request path.

  @Override
  void tried(long stamp, boolean passed) {
    monitor.tried(this, stamp, passed);
  }

  @Override
  void sparedAnew() {
    monitor.spared(this);
  }

  // What the engine asks.

  @Override
  public double health() {
    return judgement.share();
  }

  @Override
  public boolean isWithdrawn() {
    return judgement.isWithdrawn();
  }

  @Override
  public void close() {
    monitor.leave(this);
  }

  // The control thread.

  /** What is ordered from now on; null for nothing. */
  void order(@Nullable Standing next, BooleanSupplier ramp, long nowNanos) {
    boolean kept = keptOut(standing);
    standing = next;
    if (kept && !keptOut(next)) {
      penalty().pass(nowNanos, ramp.getAsBoolean());
      renew(nowNanos);
    }
  }

  private static boolean keptOut(@Nullable Standing standing) {
    return standing != null
        && standing.command() != null
        && standing.command() != Standing.Command.UP;
  }

  /** Takes a verdict of a check. */
  void take(int check, Verdict verdict, BooleanSupplier ramp, long nowNanos) {
    if (checkup != null && checkup.take(check, verdict) && judgement.isProvedFit()) {
      penalty().pass(nowNanos, ramp.getAsBoolean());
      penaltyReason = "back: " + verdict.why();
      failedAgain = false;
      renew(nowNanos);
    }
  }

  /**
   * A trial has ended; of which the probation may be over, and another have begun.
   *
   * @param stamp of the request
   */
  void judgeTrial(long stamp, boolean passed, BooleanSupplier ramp, long nowNanos, double chance) {
    if (!endTrial(stamp) || phase() != Phase.PROBATION) {
      return;
    }
    if (passed) {
      penalty().pass(nowNanos, ramp.getAsBoolean());
      renew(nowNanos);
    } else {
      failedAgain = true;
      eject(nowNanos, chance);
    }
  }

  void eject(String why, long nowNanos, double chance) {
    penaltyReason = why;
    failedAgain = false;
    eject(nowNanos, chance);
  }

  private void eject(long nowNanos, double chance) {
    suspicions = null;
    penalty().eject(nowNanos, chance);
    if (checkup != null) {
      checkup.suspected();
    }
  }

  /** Whether it is out, or on trial, for what its traffic has shown. */
  boolean isOutByPenalty() {
    return phase() == Phase.EJECTED || phase() == Phase.PROBATION;
  }

  /** What it was ejected for is not its own fault. */
  void pardon(long nowNanos) {
    penalty().pass(nowNanos, false);
    renew(nowNanos);
  }

  /** What is to be remembered when it leaves; null if nothing is held against it. */
  @Nullable Departure departure(long nowNanos) {
    return penalty == null || penalty.times(nowNanos) == 0
        ? null
        : Departure.of(joined, penalty, penaltyReason, nowNanos);
  }

  /** Goes on where it was when it left. */
  void resume(Departure departure) {
    penalty = departure.penalty();
    penaltyReason = departure.reason();
  }

  private String whyPenalised() {
    return failedAgain ? "failed again; before, " + penaltyReason : penaltyReason;
  }

  private Penalty penalty() {
    if (penalty == null) {
      penalty = new Penalty(policy.base, policy.cap, policy.ramp);
    }
    return penalty;
  }

  private Phase phase() {
    return penalty == null ? Phase.FREE : penalty.phase();
  }

  /** Ends what is over by now. */
  void advance(boolean ramp, long nowNanos) {
    boolean onProbation = phase() == Phase.PROBATION;
    if (penalty != null && penalty.advance(nowNanos, ramp) && onProbation) {
      renew(nowNanos);
    }
  }

  /** Forgets the traffic that led to a penalty, or might. */
  void renew(long nowNanos) {
    Window seen = window;
    if (seen != null) {
      seen.clear(this, nowNanos);
    }
    forget();
  }

  /**
   * Takes in what its requests have left behind since the last look.
   *
   * @param paused whether this process did not run meanwhile
   */
  void look(boolean paused, long nowNanos) {
    Window seen = window;
    int inFlight = node.inFlight();
    if (seen == null && inFlight == 0 && succeeded() == 0 && failed() == 0) {
      return;
    }
    if (seen == null) {
      seen = new Window(nowNanos);
      window = seen;
    }
    if (paused) {
      seen.discard(nowNanos);
    }
    seen.look(this, inFlight, nowNanos);
  }

  /** Has its checks look at once where there is reason to. */
  void doubt() {
    if (doubt.arises(unreachable() > 0, history()) && checkup != null) {
      checkup.suspected();
    }
  }

  /** For how long it has had no requests. */
  long quietNanos(long nowNanos) {
    Window seen = window;
    if (node.inFlight() > 0) {
      return 0;
    }
    return seen == null ? Long.MAX_VALUE : seen.quietNanos(nowNanos);
  }

  /** A detector has nothing against it. */
  void trust(int detector) {
    stale |= suspicions != null && suspicions.drop(detector);
  }

  /** What the detectors have against it. */
  Suspicions suspicions() {
    if (suspicions == null) {
      suspicions = new Suspicions(policy.detectors.size());
    }
    return suspicions;
  }

  boolean isForcedUp() {
    return standing != null && standing.command() == Standing.Command.UP;
  }

  Traffic traffic() {
    Window seen = window;
    return seen == null ? Traffic.NONE : seen.traffic(this);
  }

  /** What ended in the last second. */
  Counts lastSecond() {
    Window seen = window;
    return seen == null ? Counts.NONE : seen.last(Span.ONE_SECOND);
  }

  /** Whether its conclusion may no longer hold. */
  boolean isStale() {
    return stale || weightless != (node.endpoint().weight() == 0);
  }

  HealthState state() {
    return judgement.state();
  }

  String why() {
    return judgement.why();
  }

  /** Whether something about it changes by itself. */
  boolean isTimed(long nowNanos) {
    return phase() != Phase.FREE
        || isSpared(nowNanos)
        || (standing != null && standing.order().limit().isPresent());
  }

  /** In how many nanoseconds something changes by itself; {@link Long#MAX_VALUE} for never. */
  long nextNanos(HealthRegistry registry, long nowNanos) {
    long next = penalty == null ? Long.MAX_VALUE : penalty.nextNanos(nowNanos);
    if (isSpared(nowNanos)) {
      next = Math.min(next, sparedNanos(nowNanos));
    }
    return standing == null ? next : Math.min(next, registry.nanosLeft(standing));
  }

  /** Draws the conclusion from all that is known; whether the engine must know. */
  boolean conclude(long nowNanos) {
    Conclusion next =
        Conclusion.of(
            node.endpoint(),
            standing,
            checkup == null ? List.of() : checkup.verdicts(),
            penalty == null ? Conclusion.UP : Conclusion.of(penalty, whyPenalised(), nowNanos));
    weightless = node.endpoint().weight() == 0;
    stale = false;
    return judgement.take(next, isSpared(nowNanos), nowNanos);
  }

  /** As of the last conclusion. */
  EndpointHealth shown(long nowNanos) {
    return new EndpointHealth(
        monitor.balancer(),
        node.endpoint(),
        judgement.state(),
        judgement.share(),
        judgement.sinceNanos(),
        judgement.isByPenalty() ? OptionalLong.of(penalty().until()) : OptionalLong.empty(),
        judgement.why(),
        penalty == null ? 0 : penalty.times(nowNanos),
        checkup == null ? Map.of() : checkup.named(),
        suspicions == null ? List.of() : suspicions.spared());
  }

  @Override
  public String toString() {
    return node.endpoint() + ": " + judgement.state();
  }
}
