package io.evenkeel.lb.failover;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.setting.Expect;
import java.util.concurrent.atomic.AtomicInteger;

/** The token bucket of gRPC's proposal A6, in thousandths of a token, as gRPC counts. */
final class TokenBudget implements RetryBudget {
  private static final int TOKEN = 1000;

  private final int max;
  private final int gain;
  private final AtomicInteger tokens;

  TokenBudget(int max, double ratio) {
    this.max = Expect.within("max", max, 1, 1000) * TOKEN;
    this.gain = (int) Math.round(Expect.within("ratio", ratio, 0.001, 1.0) * TOKEN);
    this.tokens = new AtomicInteger(this.max);
  }

  @Override
  public void begun(long nowNanos) {}

  @Override
  public void ended(Outcome outcome, int number, long nowNanos) {
    if (outcome.isFailure()) {
      add(-TOKEN);
    } else if (outcome == Outcome.SUCCESS && tokens.get() < max) {
      add(gain);
    }
  }

  private void add(int change) {
    int before = tokens.get();
    while (true) {
      int witness = tokens.compareAndExchange(before, Math.max(0, Math.min(max, before + change)));
      if (witness == before) {
        return;
      }
      before = witness;
    }
  }

  @Override
  public boolean take(long nowNanos) {
    return tokens.get() > max / 2;
  }

  @Override
  public double available(long nowNanos) {
    return Math.max(0, (tokens.get() - max / 2) / (double) TOKEN);
  }

  @Override
  public String toString() {
    return max / TOKEN + " tokens, " + gain / (double) TOKEN + " for a success";
  }
}
