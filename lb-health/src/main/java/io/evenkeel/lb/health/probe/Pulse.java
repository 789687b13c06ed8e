package io.evenkeel.lb.health.probe;

import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.health.CheckContext;
import io.evenkeel.lb.health.Verdict;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The beats of one endpoint in one balancer.
 *
 * <p>Beats and wake-ups leave a note and call {@link #drain}, which lets one thread in at a time
 * and goes on until there is no note left: so verdicts are reported in order, and nothing is
 * locked. All that is not volatile or concurrent belongs to that thread.
 *
 * <p>There is at most one wake-up under way. A beat does not move it; when it comes too early it
 * looks for how long it has to wait now. It comes 300 milliseconds before phi reaches the threshold
 * and again at that moment, so that a pause of this process makes one of them late, or was over for
 * long enough that beats which had arrived in it were heard.
 */
final class Pulse {
  private final Heartbeats settings;
  private final CheckContext context;
  private final PhiAccrual phi;
  private final Damping damping = new Damping();
  private final PauseGuard pauses = new PauseGuard();
  private final Queue<Long> beats = new ConcurrentLinkedQueue<>();
  private final AtomicInteger notes = new AtomicInteger();
  private volatile boolean closed;

  /** The wake-up that counts; one that was replaced may still run, and does no harm. */
  private @Nullable Wake wake;

  private boolean begun;
  private boolean up;
  private boolean heard;
  private long latest;

  /** False before the first beat of an endpoint that was not assumed to be up. */
  private boolean known;

  /** Whether the time since the latest beat is an interval that can be learnt. */
  private boolean whole;

  Pulse(Heartbeats settings, CheckContext context) {
    this.settings = settings;
    this.context = context;
    this.phi =
        new PhiAccrual(
            settings.window,
            settings.minDeviation.toNanos(),
            settings.acceptablePause.toNanos(),
            settings.firstInterval.toNanos());
    this.up = settings.assumedUp;
    this.known = up;
    this.latest = context.ticker().read();
  }

  void start() {
    drain();
  }

  void beat() {
    if (!closed) {
      beats.add(context.ticker().read());
      drain();
    }
  }

  void close() {
    closed = true;
    drain();
  }

  private void drain() {
    if (notes.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      try {
        step();
      } catch (Throwable t) {
        // Nobody could get in again if it left from here.
        context.failed(t);
      }
      seen = notes.addAndGet(-seen);
    } while (seen != 0);
  }

  private void step() {
    if (closed) {
      disarm();
      beats.clear();
      return;
    }
    if (!begun) {
      begun = true;
      report(up ? Verdict.up("no beat yet") : Verdict.down("no beat yet"));
    }
    for (Long beat = beats.poll(); beat != null; beat = beats.poll()) {
      hear(beat);
    }
    long now = context.ticker().read();
    if (isAfterPause(now)) {
      latest = now;
      whole = false;
    }
    if (wake != null && wake.due - now <= 0) {
      wake = null;
    }
    judge(now);
  }

  private void hear(long beat) {
    long interval = beat - latest;
    boolean late = wake != null && PauseGuard.showsPause(wake.due, beat);
    if (heard && up && whole && !late && interval > 0) {
      phi.add(interval);
    }
    if (!heard || interval > 0) {
      latest = beat;
    }
    heard = true;
    whole = true;
    pauses.taken();
  }

  /** Beats that came meanwhile were heard before, so this is about silence. */
  private boolean isAfterPause(long now) {
    return up
        && wake != null
        && PauseGuard.showsPause(wake.due, now)
        && now - latest >= PauseGuard.LATE_NANOS
        && pauses.discard();
  }

  private void judge(long now) {
    long silence = now - latest;
    long most = phi.silenceFor(settings.threshold);
    boolean alive = (heard || settings.assumedUp) && silence < most;
    if (alive == up) {
      if (up) {
        long left = most - silence;
        armBy(now, left > PauseGuard.LATE_NANOS ? left - PauseGuard.LATE_NANOS : left);
      }
      return;
    }
    long hold = damping.holdNanos(now);
    if (hold > 0) {
      armBy(now, hold);
      return;
    }
    change(alive, silence, now);
  }

  private void change(boolean alive, long silence, long now) {
    if (known) {
      damping.changed(now);
    }
    known = true;
    up = alive;
    disarm();
    report(
        alive
            ? Verdict.up("beats")
            : Verdict.down(
                String.format(
                    Locale.ROOT, "no beat for %.1f s, phi %.1f", silence / 1e9, phi.phi(silence))));
    judge(now);
  }

  private void report(Verdict verdict) {
    try {
      context.report(verdict);
    } catch (Throwable t) {
      context.failed(t);
    }
  }

  /** Sees to it that there is a look by then. An earlier one does no harm. */
  private void armBy(long now, long delay) {
    long due = now + delay;
    if (wake != null && wake.due - due <= 0) {
      return;
    }
    disarm();
    wake = new Wake(due, context.scheduler().schedule(this::drain, delay));
  }

  private void disarm() {
    if (wake != null) {
      wake.scheduled.cancel();
    }
    wake = null;
  }

  private record Wake(long due, Scheduler.Scheduled scheduled) {}
}
