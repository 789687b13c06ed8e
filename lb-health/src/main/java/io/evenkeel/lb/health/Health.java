package io.evenkeel.lb.health;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.HealthMonitor;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.health.detect.Detector;
import io.evenkeel.lb.health.detect.FailureRatio;
import io.evenkeel.lb.health.detect.FailuresInARow;
import io.evenkeel.lb.health.detect.Latency;
import io.evenkeel.lb.health.detect.SuccessRate;
import io.evenkeel.lb.health.setting.Expect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Judges endpoints by all that is known of them at once: what detectors see in the traffic, what
 * checks see apart from it, and what people have ordered.
 *
 * <ul>
 *   <li>A node that a detector suspects is ejected, for 30 seconds times as often as it was, up to
 *       5 minutes. At most half of the capacity is out of service at a time because of that, though
 *       one node where there are two. Then it is on probation: one request at a time, until one
 *       succeeds. A base time without traffic ends that, too.
 *   <li>A node that a check calls down gets no requests until the check calls it up. Where a
 *       connection was refused, or two requests in a row have failed, the checks look at once.
 *   <li>A node that comes back gets its share by degrees, over 10 seconds, if there are enough
 *       others to spare it.
 *   <li>A node that asks to be spared, as by {@code Retry-After}, gets a tenth of its share for
 *       that time; meanwhile the errors that it answers with are not held against it.
 * </ul>
 *
 * <p>What happens while this process itself does not run, because of a collection of garbage or a
 * signal, is not held against endpoints. Only elapsed time counts, never the wall clock.
 *
 * <p>Immutable and thread-safe; one policy may serve many balancers, which then share its {@link
 * #registry()}.
 */
public final class Health implements HealthPolicy {
  private static final Duration MAX_TIME = Duration.ofDays(1);

  final List<HealthCheck> checks;
  final List<Enforced> detectors;
  final Duration base;
  final Duration cap;
  final Duration ramp;
  final double maxEjectedShare;
  private final HealthRegistry registry;

  /**
   * A detector and how often it is obeyed.
   *
   * @param share from 0, never, to 1, always
   */
  record Enforced(Detector detector, double share) {}

  private Health(Builder builder) {
    this.checks = List.copyOf(builder.checks);
    this.detectors = List.copyOf(builder.detectors);
    this.base = builder.base;
    this.cap = builder.cap;
    this.ramp = builder.ramp;
    this.maxEjectedShare = builder.maxEjectedShare;
    this.registry = builder.registry;
  }

  /** All detectors with their defaults, and no checks. */
  public static Health ofDefaults() {
    return builder().recommendedDetectors().build();
  }

  /** Begins a policy without any detector or check. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public HealthMonitor newMonitor(HealthContext context) {
    return registry.enter(new Monitor(this, context, registry));
  }

  /** Shows the health of all endpoints, and takes orders. */
  public HealthRegistry registry() {
    return registry;
  }

  @Override
  public String toString() {
    return "Health[checks "
        + checks
        + ", detectors "
        + detectors
        + ", ejection "
        + base
        + ".."
        + cap
        + " of at most "
        + maxEjectedShare
        + ", ramp "
        + ramp
        + "]";
  }

  /** Builds a {@link Health}. Not thread-safe. */
  public static final class Builder {
    private final List<HealthCheck> checks = new ArrayList<>();
    private final List<Enforced> detectors = new ArrayList<>();
    private Duration base = Duration.ofSeconds(30);
    private Duration cap = Duration.ofMinutes(5);
    private Duration ramp = Duration.ofSeconds(10);
    private double maxEjectedShare = 0.5;
    private HealthRegistry registry = HealthRegistry.create();

    private Builder() {}

    /** Adds a check. An endpoint is down while one of several says so. */
    public Builder check(HealthCheck check) {
      checks.add(requireNonNull(check, "check"));
      return this;
    }

    /** Adds a detector. */
    public Builder detector(Detector detector) {
      return detector(detector, 1);
    }

    /**
     * Adds a detector that is not always obeyed, to try it out.
     *
     * @param enforced how often a suspicion ejects, from 0, only reported, to 1, always
     * @throws IllegalArgumentException if that is not in its range
     */
    public Builder detector(Detector detector, double enforced) {
      detectors.add(
          new Enforced(
              requireNonNull(detector, "detector"), Expect.within("enforced", enforced, 0.0, 1.0)));
      return this;
    }

    /** Adds all detectors with their defaults. */
    public Builder recommendedDetectors() {
      return detector(FailuresInARow.toConnect(2))
          .detector(FailuresInARow.of(5))
          .detector(FailureRatio.ofDefaults())
          .detector(SuccessRate.ofDefaults())
          .detector(Latency.ofDefaults());
    }

    /**
     * For how long a node is ejected.
     *
     * @param base the first time, and so much more each time, from 100 milliseconds; what happened
     *     is forgiven at the rate of once in this time. By default 30 seconds
     * @param cap the longest time, from the base to 1 day. By default 5 minutes. All times are give
     *     or take a tenth, so that nodes which were ejected together do not return together
     * @throws IllegalArgumentException if one is not in its range
     */
    public Builder ejection(Duration base, Duration cap) {
      this.base = Expect.within("base", base, Duration.ofMillis(100), MAX_TIME);
      this.cap = Expect.within("cap", cap, base, MAX_TIME);
      return this;
    }

    /**
     * Over what time a node that comes back gets its share; 0 for at once, to 1 day. By default 10
     * seconds.
     *
     * @throws IllegalArgumentException if it is not in its range
     */
    public Builder ramp(Duration ramp) {
      this.ramp = Expect.within("ramp", ramp, Duration.ZERO, MAX_TIME);
      return this;
    }

    /**
     * Which share of the capacity may be out of service for detectors to take another node out;
     * from 0 to 1. By default 0.5. Nodes that are down count, those that were taken out on purpose
     * are no capacity. Where there are two nodes, one may always be ejected.
     *
     * @throws IllegalArgumentException if it is not in its range
     */
    public Builder maxEjectedShare(double share) {
      this.maxEjectedShare = Expect.within("maxEjectedShare", share, 0.0, 1.0);
      return this;
    }

    /** Where to show the endpoints. By default a registry of this policy's own. */
    public Builder registry(HealthRegistry registry) {
      this.registry = requireNonNull(registry, "registry");
      return this;
    }

    /** Builds the policy. */
    public Health build() {
      return new Health(this);
    }
  }
}
