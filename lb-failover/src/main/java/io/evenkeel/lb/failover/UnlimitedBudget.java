package io.evenkeel.lb.failover;

/** Sets no limit. */
enum UnlimitedBudget implements RetryBudget {
  INSTANCE;

  @Override
  public void begun(long nowNanos) {}

  @Override
  public boolean take(long nowNanos) {
    return true;
  }

  @Override
  public double available(long nowNanos) {
    return Double.POSITIVE_INFINITY;
  }

  @Override
  public String toString() {
    return "unlimited";
  }
}
