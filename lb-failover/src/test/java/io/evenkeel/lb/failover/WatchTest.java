package io.evenkeel.lb.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever breaks, attempts are limited again afterwards, and no thread waits for ever. */
@Timeout(60)
class WatchTest {
  private static final Duration LOOK = Duration.ofMillis(5);

  private final FakeTicker ticker = new FakeTicker(Long.MAX_VALUE - 1_000_000);
  private final ManualScheduler scheduler = new ManualScheduler(ticker);
  private final AtomicBoolean broken = new AtomicBoolean();

  private static final class Attempts extends Watched {}

  @AfterEach
  void leaveNoInterrupt() {
    Thread.interrupted();
  }

  private void breakNow() {
    if (broken.get()) {
      throw new IllegalStateException("broken");
    }
  }

  /** Adds an attempt whose time is over, looks, and sees that it was interrupted. */
  private void assertWatches(Watch watch) {
    Attempts late = new Attempts();
    int place = watch.add(late, ticker.read());
    late.enter(ticker.read());
    scheduler.advance(LOOK);
    assertThat(late.leave()).isTrue();
    watch.remove(late, place);
  }

  @Test
  void aClockThatBreaks() {
    Ticker breaking =
        () -> {
          breakNow();
          return ticker.read();
        };
    Watch watch = new Watch(breaking, scheduler);
    assertWatches(watch);
    broken.set(true);
    assertThatThrownBy(() -> scheduler.advance(LOOK)).hasMessage("broken");
    broken.set(false);
    assertWatches(watch);
  }

  @Test
  void aSchedulerThatBreaks() {
    Scheduler breaking =
        new Scheduler() {
          @Override
          public Scheduled schedule(Runnable task, long delayNanos) {
            breakNow();
            return scheduler.schedule(task, delayNanos);
          }

          @Override
          public void execute(Runnable task) {
            scheduler.execute(task);
          }
        };
    Watch watch = new Watch(ticker, breaking);
    broken.set(true);
    assertThatThrownBy(() -> watch.add(new Attempts(), ticker.read())).hasMessage("broken");
    broken.set(false);
    assertWatches(watch);
    broken.set(true);
    assertThatThrownBy(() -> scheduler.advance(LOOK)).hasMessage("broken");
    broken.set(false);
    assertWatches(watch);
  }

  @Test
  void anInterruptIsTakenBackUnlessItWasSomebodyElses() {
    Watched attempt = new Attempts();
    attempt.enter(ticker.read());
    attempt.expire(ticker.read());
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertThat(attempt.leave()).isTrue();
    assertThat(Thread.interrupted()).isFalse();

    attempt.enter(ticker.read());
    Thread.currentThread().interrupt();
    attempt.expire(ticker.read());
    assertThat(attempt.leave()).isTrue();
    assertThat(Thread.interrupted()).as("the caller's").isTrue();
  }

  @Test
  void anInterruptThatBreaks() throws Exception {
    Attempts attempts = new Attempts();
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch tried = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    Thread thread =
        new Thread() {
          @Override
          public void run() {
            attempts.enter(ticker.read());
            entered.countDown();
            try {
              tried.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            if (attempts.leave()) {
              left.countDown();
            }
          }

          @Override
          public void interrupt() {
            throw new IllegalStateException("broken");
          }
        };
    thread.setDaemon(true);
    thread.start();
    assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
    assertThatThrownBy(() -> attempts.expire(ticker.read())).hasMessage("broken");
    tried.countDown();
    assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
  }
}
