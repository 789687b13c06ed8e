package io.evenkeel.lb.health;

/** What an endpoint may be used for in a balancer. */
public enum HealthState {
  /** Fit. */
  UP,

  /** Its ejection is over; one request at a time shows whether the reason is, too. */
  PROBATION,

  /** Fit again; its share grows until it is full. */
  RAMPING,

  /** Its traffic showed that it is not fit; it gets none for a while. */
  EJECTED,

  /** It gets no new request, on purpose, and those in flight finish. */
  DRAINING,

  /** Somebody has taken it out of service. */
  DISABLED,

  /** A check, or somebody, says that it is not fit. */
  DOWN;

  /** Whether requests are sent to it. */
  public boolean isInService() {
    return this == UP || this == PROBATION || this == RAMPING;
  }
}
