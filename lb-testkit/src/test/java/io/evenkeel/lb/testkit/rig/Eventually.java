package io.evenkeel.lb.testkit.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what is bound to happen. */
final class Eventually {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private Eventually() {}

  static void assertThatEventually(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!holds.getAsBoolean() && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    assertThat(holds.getAsBoolean()).as(what).isTrue();
  }
}
