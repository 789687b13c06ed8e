package io.evenkeel.lb;

import io.evenkeel.lb.spring.StarterOffender;
import io.evenkeel.lb.strategy.OffenderUtil;
import io.evenkeel.lb.testkit.FakeTicker;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Logger;

/** Breaks every rule that it can. */
final class Offender {
  final Logger log = Logger.getLogger("offender");
  final ReentrantLock lock = new ReentrantLock();
  final Random random = new Random(1);
  final FakeTicker ticker = new FakeTicker();
  final Class<?> starter = StarterOffender.class;
  final Class<?> cycle = OffenderUtil.class;
  private int count;

  synchronized void increment() {
    count++;
  }

  int pause() throws InterruptedException {
    Thread.sleep(Duration.between(Instant.now(), Instant.EPOCH).toMillis());
    synchronized (this) {
      return count;
    }
  }
}
