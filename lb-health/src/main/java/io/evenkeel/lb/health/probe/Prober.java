package io.evenkeel.lb.health.probe;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.health.CheckContext;
import io.evenkeel.lb.health.HealthCheck;
import io.evenkeel.lb.health.Verdict;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The probes of one endpoint in one balancer: a chain of look, ask, answer, and the next look. Each
 * link is passed on once, since of all that may end a {@link Round} (an answer, a second one, an
 * exception, the time limit) only the first does. So there is never a second chain, and none that
 * stops.
 *
 * <p>Memory: what is not volatile belongs to whoever has the chain in hand. It is handed over by
 * the scheduler, or from the thread that asks to the one that answers by {@code Round.due}.
 */
final class Prober implements HealthCheck.Run {
  private static final long QUIET_NANOS = 60_000_000_000L;

  private final ActiveProbe settings;
  private final CheckContext context;
  private final RiseAndFall runs;
  private final PauseGuard pauses = new PauseGuard();
  private @Nullable Verdict shown;
  private boolean asked;
  private long askedNanos;

  private volatile boolean closed;
  private volatile boolean suspected;
  private volatile @Nullable Turn next;
  private volatile @Nullable Round round;

  Prober(ActiveProbe settings, CheckContext context) {
    this.settings = settings;
    this.context = context;
    this.runs = new RiseAndFall(settings.rise, settings.fall, settings.assumedUp);
  }

  void start() {
    show(settings.assumedUp ? Verdict.up("not asked yet") : Verdict.down("not asked yet"));
    // Where nobody may use it before it has answered, that should not take a whole interval.
    long span = (settings.assumedUp ? settings.interval : settings.fastInterval).toNanos();
    lookAfter((long) (context.random().nextDouble() * span));
  }

  @Override
  public void close() {
    closed = true;
    Turn waiting = next;
    if (waiting != null) {
      waiting.cancel();
    }
    Round open = round;
    if (open != null) {
      open.disarm();
    }
  }

  /** Looks at once, unless an answer is on its way, and believes the first bad one. */
  @Override
  public void suspected() {
    suspected = true;
    Turn waiting = next;
    if (waiting != null && waiting.take()) {
      lookAfter(0);
    }
  }

  private void lookAfter(long delayNanos) {
    if (closed) {
      return;
    }
    Turn turn = new Turn(context.ticker().read() + delayNanos);
    Scheduler.Scheduled scheduled;
    try {
      scheduled = context.scheduler().scheduleLoosely(turn, delayNanos);
    } catch (Throwable t) {
      // A scheduler that takes no more tasks ends the chain, but not in silence.
      context.failed(t);
      return;
    }
    turn.scheduled = scheduled;
    next = turn;
    if (closed) {
      scheduled.cancel();
    }
  }

  /** The next look, which may be brought forward; it is taken once. */
  private final class Turn implements Runnable {
    private final AtomicBoolean taken = new AtomicBoolean();
    private final long dueNanos;
    private volatile Scheduler.@Nullable Scheduled scheduled;

    Turn(long dueNanos) {
      this.dueNanos = dueNanos;
    }

    /** Whether whoever asks has it, and not the scheduler. */
    boolean take() {
      boolean first = taken.compareAndSet(false, true);
      if (first) {
        cancel();
      }
      return first;
    }

    void cancel() {
      Scheduler.Scheduled held = scheduled;
      if (held != null) {
        held.cancel();
      }
    }

    @Override
    public void run() {
      if (taken.compareAndSet(false, true)) {
        look(dueNanos);
      }
    }
  }

  private void look(long dueNanos) {
    if (closed) {
      return;
    }
    long now = context.ticker().read();
    if (isResting(now)) {
      lookAfter(jittered(settings.interval.toNanos()));
    } else {
      ask(now, PauseGuard.showsPause(dueNanos, now));
    }
  }

  /** Whether this look is left out because nobody uses the endpoint. */
  private boolean isResting(long now) {
    return asked
        && !suspected
        && runs.isSettled()
        && shown != null
        && shown.kind() == Verdict.Kind.UP
        && now - askedNanos < settings.slowInterval.toNanos()
        && context.quietNanos() >= QUIET_NANOS;
  }

  private void ask(long now, boolean paused) {
    asked = true;
    askedNanos = now;
    Round asking = new Round(now, paused);
    round = asking;
    asking.arm(now);
    Node node = context.node();
    Endpoint endpoint = node.endpoint();
    try {
      CompletionStage<Verdict> answer =
          settings.probe.probe(endpoint, node.addresses(endpoint), settings.timeout);
      asking.askedAt(context.ticker().read());
      answer.whenComplete(asking::answered);
    } catch (Throwable t) {
      asking.answered(null, t);
    }
  }

  /** The round is over, and its result is the only one. */
  private void ended(Verdict verdict, boolean proves) {
    long now = context.ticker().read();
    round = null;
    boolean success = verdict.kind() != Verdict.Kind.DOWN;
    long pause;
    if (!success && !proves && pauses.discard()) {
      pause = settings.fastInterval.toNanos() / 4;
    } else {
      pauses.taken();
      judge(verdict, success, now);
      pause = runs.isSettled() ? settings.interval.toNanos() : settings.fastInterval.toNanos();
    }
    lookAfter(Math.max(0, jittered(pause) - (now - askedNanos)));
  }

  private void judge(Verdict verdict, boolean success, long now) {
    boolean up = runs.record(success, suspected, now);
    suspected = false;
    // Draining and maintenance take an endpoint out of use whatever it was before.
    boolean conclusive = success ? up || verdict.kind() != Verdict.Kind.UP : !up;
    if (conclusive) {
      show(verdict);
    }
  }

  /** A reason that changes, such as a text with a time in it, is not news. */
  private void show(Verdict verdict) {
    Verdict before = shown;
    if (before == null || before.kind() != verdict.kind() || before.share() != verdict.share()) {
      shown = verdict;
      try {
        context.report(verdict);
      } catch (Throwable t) {
        context.failed(t);
      }
    }
  }

  private long jittered(long nanos) {
    double share = 1 + settings.jitter * (2 * context.random().nextDouble() - 1);
    return (long) (share * nanos);
  }

  /**
   * One probe. Its time limit passes in slices, so that a pause of this process is seen even if it
   * ends before the limit and leaves the endpoint no time to answer; mostly the answer comes in the
   * first.
   */
  private final class Round {
    private static final int SLICES = 4;

    private final AtomicBoolean over = new AtomicBoolean();
    private volatile long limitNanos;
    private volatile boolean paused;
    private volatile long due;
    private volatile Scheduler.@Nullable Scheduled timer;

    Round(long now, boolean paused) {
      this.limitNanos = now + settings.timeout.toNanos();
      this.paused = paused;
    }

    /**
     * The probe's own limit began a little after the round, and what it says then counts: it may be
     * that it could not ask.
     */
    void askedAt(long now) {
      limitNanos = now + settings.timeout.toNanos();
    }

    void arm(long now) {
      long slice = settings.timeout.toNanos() / SLICES + 1;
      long delay = Math.min(slice, limitNanos - now);
      due = now + delay;
      Scheduler.Scheduled scheduled;
      try {
        scheduled = context.scheduler().schedule(this::slicePassed, delay);
      } catch (Throwable t) {
        context.failed(t);
        return;
      }
      timer = scheduled;
      if (closed || over.get()) {
        scheduled.cancel();
      }
    }

    void disarm() {
      Scheduler.Scheduled scheduled = timer;
      if (scheduled != null) {
        scheduled.cancel();
      }
    }

    private void slicePassed() {
      if (closed || over.get()) {
        return;
      }
      long now = context.ticker().read();
      if (PauseGuard.showsPause(due, now)) {
        paused = true;
      }
      if (limitNanos - now > 0) {
        arm(now);
      } else {
        end(Verdict.down("no answer within " + settings.timeout), true);
      }
    }

    void answered(@Nullable Verdict verdict, @Nullable Throwable thrown) {
      if (verdict != null) {
        end(verdict, true);
        return;
      }
      Throwable cause = thrown == null ? new NullPointerException("verdict: null") : cause(thrown);
      if (end(Verdict.down(reason(cause)), !(cause instanceof RejectedExecutionException))
          && isDefect(cause)) {
        context.failed(cause);
      }
    }

    private boolean end(Verdict verdict, boolean asked) {
      if (!over.compareAndSet(false, true)) {
        return false;
      }
      disarm();
      if (!closed) {
        boolean late = PauseGuard.showsPause(due, context.ticker().read());
        ended(verdict, asked && !paused && !late);
      }
      return true;
    }

    private static Throwable cause(Throwable thrown) {
      Throwable cause = thrown;
      while (cause instanceof CompletionException || cause instanceof ExecutionException) {
        Throwable inner = cause.getCause();
        if (inner == null) {
          break;
        }
        cause = inner;
      }
      return cause;
    }

    private static String reason(Throwable cause) {
      String message = cause.getMessage();
      return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }

    /** What an endpoint does shows in checked exceptions. */
    private static boolean isDefect(Throwable cause) {
      return cause instanceof Error
          || (cause instanceof RuntimeException
              && !(cause instanceof RejectedExecutionException)
              && !(cause instanceof java.io.UncheckedIOException)
              && !(cause instanceof java.util.concurrent.CancellationException));
    }
  }
}
