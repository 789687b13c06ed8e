package io.evenkeel.lb;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** With real threads: every wait ends with an event, or fails at a limit that is far off. */
class SharedSchedulerTest {
  private static final long LIMIT_SECONDS = 30;

  private final Scheduler scheduler = Scheduler.shared();

  @Test
  void tasksRunAfterTheirDelay() throws Exception {
    long start = System.nanoTime();
    CompletableFuture<Long> ran = new CompletableFuture<>();
    scheduler.schedule(() -> ran.complete(System.nanoTime()), TimeUnit.MILLISECONDS.toNanos(20));

    assertThat(ran.get(LIMIT_SECONDS, TimeUnit.SECONDS) - start)
        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(20));
  }

  @Test
  void aLooseTaskIsNeverEarlyAndHardlyLate() {
    SplittableRandom random = new SplittableRandom(20_261_122);
    for (long now = -100; now < 100; now++) {
      long most = Long.MAX_VALUE;
      assertThat(SharedScheduler.dueNanos(now, most) - now).isEqualTo(most);
      assertThat(SharedScheduler.dueNanos(now, most / 2) - now).isGreaterThanOrEqualTo(most / 2);
    }
    for (int i = 0; i < 100_000; i++) {
      long now = random.nextLong(-1L << 50, 1L << 50);
      long delay = random.nextLong(1L << random.nextInt(1, 45));
      long late = SharedScheduler.dueNanos(now, delay) - (now + delay);
      assertThat(late).isBetween(0L, Math.min(delay / 64, TimeUnit.MICROSECONDS.toNanos(33_555)));
    }
  }

  @Test
  void looseTasksThatAreDueNearOneAnotherAreDueTogether() {
    SplittableRandom random = new SplittableRandom(20_261_122);
    long now = random.nextLong(1L << 50);
    Set<Long> wakes = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      long delay = TimeUnit.SECONDS.toNanos(5) + random.nextLong(TimeUnit.SECONDS.toNanos(1));
      wakes.add(SharedScheduler.dueNanos(now, delay));
    }
    assertThat(wakes).hasSizeLessThanOrEqualTo(31);
  }

  @Test
  void aLooseTaskRunsAfterItsDelay() throws Exception {
    long start = System.nanoTime();
    CompletableFuture<Long> ran = new CompletableFuture<>();
    scheduler.scheduleLoosely(
        () -> ran.complete(System.nanoTime()), TimeUnit.MILLISECONDS.toNanos(20));

    assertThat(ran.get(LIMIT_SECONDS, TimeUnit.SECONDS) - start)
        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(20));
  }

  @Test
  void aTaskThatThrowsIsReportedAndStopsNoOther() throws Exception {
    Set<Throwable> reported = ConcurrentHashMap.newKeySet();
    CountDownLatch reports = new CountDownLatch(2);
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, thrown) -> {
          reported.add(thrown);
          reports.countDown();
        });
    try {
      IllegalStateException scheduled = new IllegalStateException("scheduled");
      AssertionError executed = new AssertionError("executed");
      scheduler.schedule(
          () -> {
            throw scheduled;
          },
          0);
      scheduler.execute(
          () -> {
            throw executed;
          });

      assertThat(reports.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(reported).containsExactlyInAnyOrder(scheduled, executed);
      timerThread();
      CompletableFuture<Thread> next = new CompletableFuture<>();
      scheduler.execute(() -> next.complete(Thread.currentThread()));
      next.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  @Test
  void aCancelledTaskDoesNotRun() throws Exception {
    AtomicBoolean ran = new AtomicBoolean();
    CountDownLatch later = new CountDownLatch(1);
    Scheduler.Scheduled task =
        scheduler.schedule(() -> ran.set(true), TimeUnit.MILLISECONDS.toNanos(50));
    scheduler.schedule(later::countDown, TimeUnit.MILLISECONDS.toNanos(51));
    task.cancel();
    task.cancel();

    assertThat(later.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(ran).isFalse();
  }

  /** A cancelled task that stayed in the queue would keep the thread for its whole hour. */
  @Test
  void theTimerThreadEndsOnceAllTasksHaveRunOrWereCancelled() throws Exception {
    List<Scheduler.Scheduled> tasks = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      tasks.add(scheduler.schedule(() -> {}, TimeUnit.HOURS.toNanos(1)));
    }
    Thread timer = timerThread();
    tasks.forEach(Scheduler.Scheduled::cancel);
    timer.join(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));

    assertThat(timer.isAlive()).isFalse();
    assertThat(timer.isDaemon()).isTrue();
  }

  @Test
  void aTaskThatBlocksHoldsUpNeitherTheTimerNorAnotherOfItsKind() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    scheduler.execute(
        () -> {
          blocked.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    try {
      assertThat(blocked.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      timerThread();
      CompletableFuture<Thread> other = new CompletableFuture<>();
      scheduler.execute(() -> other.complete(Thread.currentThread()));
      other.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } finally {
      go.countDown();
    }
  }

  @Test
  void oneThreadServesManyBalancers() throws Exception {
    int count = 50;
    CountDownLatch swept = new CountDownLatch(count);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    List<Balancer> balancers = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        balancers.add(
            Balancer.builder("balancer " + i)
                .source(EndpointSource.of(Endpoint.of("a", 1)))
                .strategy((nodes, previous) -> context -> nodes.usable().get(0))
                .leaseLimit(Duration.ofMillis(80))
                .ticker(new Watched(Thread.currentThread(), threads, swept))
                .build());
      }
      assertThat(swept.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      balancers.forEach(Balancer::close);
    }

    assertThat(threads).hasSize(1);
  }

  private Thread timerThread() throws Exception {
    CompletableFuture<Thread> timer = new CompletableFuture<>();
    scheduler.schedule(() -> timer.complete(Thread.currentThread()), 0);
    return timer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  /** A clock that knows who looks at it in the background. */
  private static final class Watched implements Ticker {
    private final Thread test;
    private final Set<Thread> readers;
    private final CountDownLatch swept;
    private final AtomicBoolean first = new AtomicBoolean(true);

    Watched(Thread test, Set<Thread> readers, CountDownLatch swept) {
      this.test = test;
      this.readers = readers;
      this.swept = swept;
    }

    @Override
    public long read() {
      if (Thread.currentThread() != test) {
        readers.add(Thread.currentThread());
        if (first.getAndSet(false)) {
          swept.countDown();
        }
      }
      return Ticker.system().read();
    }
  }
}
