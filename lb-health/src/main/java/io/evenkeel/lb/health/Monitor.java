package io.evenkeel.lb.health;

import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.HealthMonitor;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.health.Departures.Departure;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Judges the nodes of one balancer. All but what is marked as the request path runs on the control
 * thread of the registry, see {@link #control}; each such task ends with {@link #settle}, which
 * tells the world what has changed. {@link Looks} says when it looks at its nodes, and a {@link
 * Survey} what there is to see.
 */
final class Monitor implements HealthMonitor {
  private static final long DRAIN_STEP_NANOS = 20_000_000;

  private final Health policy;
  private final HealthContext context;
  private final HealthRegistry registry;

  final Looks looks;

  // Control state.
  private final Roster roster = new Roster();
  private final Survey survey;
  private final Set<Subject> touched = new LinkedHashSet<>();
  private final Timetable timed;
  private final Departures departures = new Departures();
  private final Drains drains = new Drains();
  private final Alarm alarm;
  private final Shortage shortage = new Shortage();
  private final Amnesty amnesty = new Amnesty();
  private boolean closed;

  Monitor(Health policy, HealthContext context, HealthRegistry registry) {
    this.policy = policy;
    this.context = context;
    this.registry = registry;
    long now = now();
    this.looks = new Looks(context, () -> control(this::look));
    this.survey = new Survey(policy, context, roster, looks);
    this.timed = new Timetable(now);
    this.alarm = new Alarm(context.scheduler(), set -> control(() -> due(set)));
  }

  String balancer() {
    return context.balancer();
  }

  long now() {
    return context.ticker().read();
  }

  // The request path.

  /** A request on probation has ended. */
  void tried(Subject subject, long stamp, boolean passed) {
    later(
        subject,
        () ->
            subject.judgeTrial(
                stamp,
                passed,
                () -> isRampAffordable(subject),
                now(),
                context.random().nextDouble()));
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
    if (registry.serial.isMine()) {
      control(() -> join(subject));
      return subject;
    }
    // What is ordered of it, and what its checks say first, holds before its first request.
    return registry.serial.call(
        () -> {
          run(() -> join(subject));
          return subject;
        });
  }

  Checkup newCheckup() {
    return new Checkup(policy.checks, context);
  }

  @Override
  public void panicChanged(boolean panic) {
    control(() -> shortage.panic(panic));
  }

  @Override
  public void close() {
    control(
        () -> {
          closed = true;
          List.copyOf(roster.all()).forEach(this::remove);
          alarm.set(now(), Alarm.NEVER);
          registry.leave(this);
        });
  }

  void leave(Subject subject) {
    control(() -> remove(subject));
  }

  // The control thread.

  private void control(Runnable task) {
    registry.serial.run(() -> run(task));
  }

  private void run(Runnable task) {
    if (!closed) {
      try {
        task.run();
      } catch (Throwable t) {
        context.report(t);
      } finally {
        settle();
      }
    }
  }

  private void join(Subject subject) {
    long now = now();
    roster.add(subject);
    Departure before = departures.recall(subject.node.endpoint(), now);
    if (before != null) {
      subject.resume(before);
    }
    subject.order(registry.standing(balancer(), subject.node.endpoint().id()), () -> false, now);
    Checkup checkup = subject.checkup;
    if (checkup != null) {
      checkup.start(subject, registry.serial, (verdict, check) -> take(subject, check, verdict));
    }
    touched.add(subject);
    subject.conclude(now);
    shortage.moved(null, subject.state());
    publish(subject, null, subject.state(), subject.why());
    survey.joined();
    context.changed();
  }

  private void remove(Subject subject) {
    if (subject.left) {
      return;
    }
    subject.left = true;
    roster.remove(subject);
    timed.remove(subject);
    touched.remove(subject);
    shortage.moved(subject.state(), null);
    Departure departure = subject.departure(now());
    if (departure != null) {
      departures.remember(departure);
    }
    if (subject.checkup != null) {
      subject.checkup.end();
    }
    registry.publish(balancer(), subject.joined, subject.state(), null, "", now());
  }

  private void take(Subject subject, int check, Verdict verdict) {
    control(
        () -> {
          if (!subject.left) {
            subject.take(check, verdict, () -> isRampAffordable(subject), now());
            touched.add(subject);
          }
        });
  }

  /** An order about an endpoint has changed. */
  void ordered(String endpointId) {
    control(() -> roster.named(endpointId).forEach(this::obey));
  }

  private void obey(Subject subject) {
    Standing standing = registry.standing(balancer(), subject.node.endpoint().id());
    subject.order(standing, () -> isRampAffordable(subject), now());
    touched.add(subject);
  }

  /** Completes when an endpoint has no requests in flight, or when it is time. */
  CompletableFuture<Integer> quiet(String endpointId, Duration limit) {
    CompletableFuture<Integer> done = new CompletableFuture<>();
    registry.serial.run(
        () -> {
          drains.await(roster.named(endpointId), now() + limit.toNanos(), done);
          settle();
        });
    return done;
  }

  /**
   * @param current whether to catch up first; not to be done from within a task
   */
  Stream<EndpointHealth> shown(boolean current) {
    if (current) {
      touchStale();
      settle();
    }
    long now = now();
    return roster.all().stream()
        .map(each -> each.shown(now))
        .sorted(Comparator.comparing(each -> each.endpoint().id()));
  }

  private void look() {
    long now = now();
    for (Examination.Finding finding : survey.take(now)) {
      act(finding, now);
    }
    switch (amnesty.look(roster.all(), now)) {
      case NOTHING -> {}
      case LET_GO ->
          roster.all().stream().filter(Subject::isOutByPenalty).forEach(each -> pardon(each, now));
      case FORGET -> roster.all().forEach(each -> each.renew(now));
    }
    touchStale();
  }

  private void pardon(Subject subject, long now) {
    HealthState out = subject.state();
    publish(subject, out, out, "let go: most requests to the others fail as well");
    subject.pardon(now);
    touched.add(subject);
  }

  private void touchStale() {
    roster.all().stream().filter(Subject::isStale).forEach(touched::add);
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
    return roster.capacity().canSpare(returning);
  }

  /** What is due by now; publishes what has changed; and when to come again. */
  private void settle() {
    long now = now();
    List<Subject> due = timed.due(now);
    Capacity capacity = due.isEmpty() ? Capacity.NONE : roster.capacity();
    for (Subject subject : due) {
      boolean ramp = capacity.canSpare(subject);
      subject.advance(ramp, now);
      subject.order(registry.standing(balancer(), subject.node.endpoint().id()), () -> ramp, now);
      touched.add(subject);
    }
    boolean changed = false;
    for (Subject subject : touched) {
      changed |= !subject.left && conclude(subject, now);
    }
    if (shortage.isNews()) {
      touched.addAll(timed.subjects());
    }
    boolean open = shortage.is();
    touched.forEach(each -> each.gate(!open && each.state() == HealthState.PROBATION));
    touched.clear();
    boolean draining = drains.look(now);
    if (!closed) {
      if (changed) {
        context.changed();
      }
      try {
        comeAgain(now, draining);
      } catch (Throwable t) {
        // A scheduler that refuses. The next request asks it again.
        survey.end();
        context.report(t);
      }
    }
  }

  /** Publishes what has changed of a node; whether the engine must know. */
  private boolean conclude(Subject subject, long now) {
    HealthState before = subject.state();
    boolean changed = subject.conclude(now);
    if (subject.isTimed(now)) {
      timed.note(subject, now, subject.nextNanos(registry, now));
    } else {
      timed.remove(subject);
    }
    HealthState after = subject.state();
    if (after != before) {
      shortage.moved(before, after);
      publish(subject, before, after, subject.why());
    }
    return changed;
  }

  private void comeAgain(long now, boolean draining) {
    long delay = Math.min(looks.nextNanos(now), timed.nextNanos(now));
    alarm.set(now, draining ? Math.min(delay, DRAIN_STEP_NANOS) : delay);
  }

  private void due(long set) {
    alarm.rang(set);
    if (looks.nextNanos(now()) <= 0) {
      look();
    }
  }
}
