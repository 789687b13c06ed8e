package io.evenkeel.lb.health;

import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.HealthMonitor;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Judges the nodes of one balancer. All but what is marked as the request path runs on the control
 * thread of the registry, see {@link #control}; each such task ends with {@link #settle}, which
 * tells the world what has changed.
 *
 * <p>While there is traffic it looks at all nodes ten times a second, and at once when a node fails
 * repeatedly. It sleeps when there was none for ten seconds; the next request wakes it.
 */
final class Monitor implements HealthMonitor {
  private static final long TICK_NANOS = 100_000_000;
  private static final long QUIET_NANOS = 10_000_000_000L;
  private static final long DRAIN_STEP_NANOS = 20_000_000;

  /** As many failures in a row are worth a look at once. */
  private static final int WORTH_A_LOOK = 2;

  /** Between two such looks, so that an outage of everything does not cost a core. */
  private static final long LOOK_GAP_NANOS = 10_000_000;

  private final Health policy;
  private final HealthContext context;
  private final HealthRegistry registry;
  private final PauseGuard pauses;
  private final Examination examination;

  // Notes that the request path leaves.
  private final AtomicBoolean awake = new AtomicBoolean();
  private final AtomicBoolean looking = new AtomicBoolean();

  // Control state.
  private final List<Subject> subjects = new ArrayList<>();
  private final Set<Subject> touched = new LinkedHashSet<>();
  private final Set<Subject> timed = new LinkedHashSet<>();
  private final Drains drains = new Drains();
  private final Alarm alarm;
  private boolean drowsy = true;
  private boolean panic;
  private boolean closed;
  private int fit;
  private volatile long lookedAt;

  Monitor(Health policy, HealthContext context, HealthRegistry registry) {
    this.policy = policy;
    this.context = context;
    this.registry = registry;
    long now = now();
    this.pauses = new PauseGuard(now);
    this.lookedAt = now;
    this.examination = new Examination(policy, context);
    this.alarm = new Alarm(context.scheduler(), () -> control(this::due));
  }

  String balancer() {
    return context.balancer();
  }

  long now() {
    return context.ticker().read();
  }

  // The request path.

  void wake() {
    if (!awake.get() && awake.compareAndSet(false, true)) {
      pauses.resume(now());
      context.scheduler().schedule(() -> control(this::look), 0);
    }
  }

  /** Whether a failure says nothing, because this process did not run meanwhile. */
  boolean isExcused(long begunNanos, long nowNanos) {
    return pauses.excuses(begunNanos, nowNanos, awake.get());
  }

  /** A request has failed. */
  void failed(int inARow, Outcome outcome) {
    if ((inARow >= WORTH_A_LOOK || outcome == Outcome.UNREACHABLE)
        && !looking.get()
        && looking.compareAndSet(false, true)) {
      long wait = LOOK_GAP_NANOS - (now() - lookedAt);
      context.scheduler().schedule(() -> control(this::look), Math.max(0, wait));
    }
  }

  /** A request on probation has ended. */
  void tried(Subject subject, boolean passed) {
    later(
        subject,
        () ->
            subject.tried(passed, isRampAffordable(subject), now(), context.random().nextDouble()));
  }

  void spared(Subject subject) {
    later(subject, () -> {});
  }

  private void later(Subject subject, Runnable task) {
    context
        .scheduler()
        .schedule(
            () ->
                control(
                    () -> {
                      task.run();
                      touched.add(subject);
                    }),
            0);
  }

  // What the engine calls.

  @Override
  public HealthIndicator watch(Node node) {
    Subject subject = new Subject(this, node, policy, now());
    control(() -> join(subject));
    return subject;
  }

  @Override
  public void panicChanged(boolean panic) {
    control(() -> this.panic = panic);
  }

  @Override
  public void close() {
    control(
        () -> {
          closed = true;
          List.copyOf(subjects).forEach(this::remove);
          alarm.set(now(), Alarm.NEVER);
          registry.leave(this);
        });
  }

  void leave(Subject subject) {
    control(() -> remove(subject));
  }

  // The control thread.

  private void control(Runnable task) {
    registry.serial.run(
        () -> {
          if (closed) {
            return;
          }
          try {
            task.run();
          } catch (Throwable t) {
            context.report(t);
          }
          settle();
        });
  }

  private void join(Subject subject) {
    long now = now();
    subject.place = subjects.size();
    subjects.add(subject);
    subject.order(registry.standing(balancer(), subject.node.endpoint().id()), false, now);
    Checkup checkup = subject.checkup;
    if (checkup != null) {
      checkup.start(
          context, subject, registry.serial, (verdict, check) -> take(subject, check, verdict));
    }
    touched.add(subject);
    subject.conclude(now);
    fit += isFit(subject.state()) ? 1 : 0;
    publish(subject, null, subject.state(), subject.why());
    drowsy = true;
    context.changed();
  }

  private void remove(Subject subject) {
    if (subject.left) {
      return;
    }
    subject.left = true;
    Subject last = subjects.remove(subjects.size() - 1);
    if (last != subject) {
      last.place = subject.place;
      subjects.set(subject.place, last);
    }
    timed.remove(subject);
    touched.remove(subject);
    fit -= isFit(subject.state()) ? 1 : 0;
    if (subject.checkup != null) {
      subject.checkup.end();
    }
    publish(subject, subject.state(), null, "");
  }

  private void take(Subject subject, int check, Verdict verdict) {
    control(
        () -> {
          if (!subject.left) {
            subject.take(check, verdict, isRampAffordable(subject), now());
            touched.add(subject);
          }
        });
  }

  /** An order about an endpoint has changed. */
  void ordered(String endpointId) {
    control(() -> named(endpointId).forEach(this::obey));
  }

  private void obey(Subject subject) {
    Standing standing = registry.standing(balancer(), subject.node.endpoint().id());
    subject.order(standing, isRampAffordable(subject), now());
    touched.add(subject);
  }

  /** Completes when an endpoint has no requests in flight, or when it is time. */
  CompletableFuture<Integer> quiet(String endpointId, Duration limit) {
    CompletableFuture<Integer> done = new CompletableFuture<>();
    registry.serial.run(
        () -> {
          drains.await(named(endpointId), now() + limit.toNanos(), done);
          settle();
        });
    return done;
  }

  private Stream<Subject> named(String endpointId) {
    return subjects.stream().filter(each -> each.node.endpoint().id().equals(endpointId));
  }

  Stream<EndpointHealth> shown() {
    subjects.stream().filter(Subject::isStale).forEach(touched::add);
    settle();
    long now = now();
    return subjects.stream()
        .map(each -> each.shown(now))
        .sorted(Comparator.comparing(each -> each.endpoint().id()));
  }

  /** Looks at all nodes: ten times a second while awake, and at once when one is in trouble. */
  private void look() {
    long now = now();
    looking.set(false);
    lookedAt = now;
    if (drowsy && awake.get()) {
      drowsy = false;
      subjects.forEach(each -> each.drop(Tally.ASLEEP));
    }
    boolean paused = pauses.ran(now);
    long quiet = Long.MAX_VALUE;
    for (Subject subject : subjects) {
      subject.look(paused, now);
      subject.doubt();
      quiet = Math.min(quiet, subject.quietNanos(now));
    }
    for (Examination.Finding finding : examination.of(subjects)) {
      act(finding, now);
    }
    subjects.stream().filter(Subject::isStale).forEach(touched::add);
    if (quiet >= QUIET_NANOS) {
      drowsy = true;
      awake.set(false);
      subjects.forEach(each -> each.attend(Tally.ASLEEP));
    }
  }

  private void act(Examination.Finding finding, long now) {
    Subject subject = finding.subject();
    touched.add(subject);
    if (finding.ejects()) {
      subject.eject(finding.why(), now, context.random().nextDouble());
    } else {
      publish(subject, subject.state(), subject.state(), finding.why());
    }
  }

  private void publish(
      Subject subject, @Nullable HealthState from, @Nullable HealthState to, String why) {
    registry.publish(balancer(), subject.node.endpoint(), from, to, why, now());
  }

  private boolean isRampAffordable(Subject returning) {
    return Capacity.of(subjects).canSpare(returning);
  }

  /** What is due by now; publishes what has changed; and when to come again. */
  private void settle() {
    long now = now();
    Capacity capacity = timed.isEmpty() ? Capacity.NONE : Capacity.of(subjects);
    for (Subject subject : timed) {
      boolean ramp = capacity.canSpare(subject);
      subject.advance(ramp, now);
      subject.order(registry.standing(balancer(), subject.node.endpoint().id()), ramp, now);
      touched.add(subject);
    }
    boolean changed = false;
    for (Subject subject : touched) {
      changed |= !subject.left && conclude(subject, now);
    }
    touched.clear();
    boolean open = panic || fit == 0;
    for (Subject subject : timed) {
      subject.gate(!open && subject.state() == HealthState.PROBATION, now);
    }
    boolean draining = drains.look(now);
    if (!closed) {
      if (changed) {
        context.changed();
      }
      comeAgain(now, draining);
    }
  }

  /** Publishes what has changed of a node; whether the engine must know. */
  private boolean conclude(Subject subject, long now) {
    HealthState before = subject.state();
    boolean changed = subject.conclude(now);
    if (subject.isTimed(now)) {
      timed.add(subject);
    } else {
      timed.remove(subject);
      subject.gate(false, now);
    }
    HealthState after = subject.state();
    if (after != before) {
      fit += (isFit(after) ? 1 : 0) - (isFit(before) ? 1 : 0);
      publish(subject, before, after, subject.why());
    }
    return changed;
  }

  private void comeAgain(long now, boolean draining) {
    long delay = awake.get() ? Math.max(0, TICK_NANOS - (now - lookedAt)) : Alarm.NEVER;
    for (Subject subject : timed) {
      delay = Math.min(delay, subject.nextNanos(registry, now));
    }
    alarm.set(now, draining ? Math.min(delay, DRAIN_STEP_NANOS) : delay);
  }

  private void due() {
    alarm.rang();
    if (awake.get() && now() - lookedAt >= TICK_NANOS) {
      look();
    }
  }

  /** Whether a node carries load, if not all of it. */
  static boolean isFit(HealthState state) {
    return state == HealthState.UP || state == HealthState.RAMPING;
  }
}
