package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.report.LatencyByLoad;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A server in one run: its slots, its queue, and what is wrong with it.
 *
 * <p>Work is drawn when it starts and is counted at normal speed; a change of speed reschedules
 * what is in the slots. Work and errors have streams of their own, so that an error does not change
 * how long later requests take.
 */
final class LiveServer {
  private final String name;
  private final Server kind;
  private final Endpoint endpoint;
  private final Timeline timeline;
  private final ServerTally tally;
  private final SplittableRandom work;
  private final SplittableRandom luck;

  private final List<Attempt> slots = new ArrayList<>();
  private final ArrayDeque<Attempt> queue = new ArrayDeque<>();

  private double slowdown = 1;
  private boolean hanging;
  private boolean refusing;
  private double errorShare;
  private double fastFailureShare;
  private boolean silent;
  private final LatencyByLoad latency = new LatencyByLoad();

  LiveServer(
      String name,
      Server kind,
      Endpoint endpoint,
      Timeline timeline,
      ServerTally tally,
      SplittableRandom random) {
    this.name = name;
    this.kind = kind;
    this.endpoint = endpoint;
    this.timeline = timeline;
    this.tally = tally;
    this.work = random.split();
    this.luck = random.split();
  }

  String name() {
    return name;
  }

  /** What the source tells of it at first. */
  Endpoint endpoint() {
    return endpoint;
  }

  /** Whether it is in this zone, or one of the two is in none. */
  boolean isIn(@Nullable String zone) {
    return zone == null || endpoint.zone() == null || zone.equals(endpoint.zone());
  }

  ServerTally tally() {
    return tally;
  }

  /** Requests in its hands, in service or waiting, whether or not a client still waits for them. */
  int inFlight() {
    return slots.size() + queue.size();
  }

  /** Adds up the time for which its present state has lasted. */
  void account() {
    tally.account(timeline.read(), inFlight(), slots.size());
  }

  void receive(Attempt attempt) {
    if (refusing) {
      attempt.answer(Outcome.UNREACHABLE, null);
    } else if (!hanging && happens(fastFailureShare)) {
      attempt.answer(Outcome.FAILURE, null);
    } else {
      account();
      attempt.arrivedAt = timeline.read();
      attempt.found = inFlight() + 1;
      if (slots.size() < kind.slots()) {
        start(attempt);
      } else if (hanging || queue.size() < kind.queue()) {
        queue.add(attempt);
      } else {
        attempt.answer(Outcome.REJECTED, null);
      }
    }
  }

  private void start(Attempt attempt) {
    double nanos = kind.serviceTime().nanos(work);
    if (!(nanos >= 0 && nanos < Double.POSITIVE_INFINITY)) {
      throw new IllegalStateException(
          "serviceTime: " + nanos + " ns (expected: >= 0 and finite, from " + kind + ")");
    }
    attempt.work = nanos;
    attempt.slot = slots.size();
    slots.add(attempt);
    plan(attempt);
  }

  private void plan(Attempt attempt) {
    if (!hanging) {
      attempt.finishAt = timeline.read() + Math.round(attempt.work * slowdown);
      timeline.at(attempt.finishAt, attempt);
    }
  }

  /** The work on an attempt is done. */
  void finish(Attempt attempt) {
    account();
    latency.add(attempt.found, timeline.read() - attempt.arrivedAt);
    LoadReport report = report();
    Attempt last = slots.remove(slots.size() - 1);
    if (last != attempt) {
      slots.set(attempt.slot, last);
      last.slot = attempt.slot;
    }
    Attempt next = queue.poll();
    if (next != null) {
      start(next);
    }
    attempt.answer(happens(errorShare) ? Outcome.FAILURE : Outcome.SUCCESS, report);
  }

  /** What it says of its load, for a response that leaves now; null if it says nothing. */
  private @Nullable LoadReport report() {
    UnaryOperator<LoadReport> wording = kind.wording();
    return wording == null || silent
        ? null
        : wording.apply(
            LoadReport.builder()
                .inFlight(inFlight())
                .latencyNanos(latency.nanos(inFlight()))
                .build());
  }

  /** Its answer to a probe, at once; one that hangs gives none. */
  CompletionStage<LoadReport> probe() {
    CompletableFuture<LoadReport> answer = new CompletableFuture<>();
    LoadReport report = report();
    if (refusing || report == null) {
      answer.completeExceptionally(new IllegalStateException(name + " does not answer probes"));
    } else if (!hanging) {
      answer.complete(report);
    }
    return answer;
  }

  void fallSilent() {
    silent = true;
  }

  /** Draws only where it matters. */
  private boolean happens(double share) {
    return share > 0 && luck.nextDouble() < share;
  }

  void slow(double factor) {
    pace(factor, hanging);
  }

  void hang() {
    pace(slowdown, true);
  }

  private void pace(double nextSlowdown, boolean nextHanging) {
    if (!hanging) {
      for (Attempt attempt : slots) {
        attempt.work = (attempt.finishAt - timeline.read()) / slowdown;
        attempt.finishAt = Attempt.NEVER;
      }
    }
    slowdown = nextSlowdown;
    hanging = nextHanging;
    slots.forEach(this::plan);
  }

  void err(double share) {
    errorShare = share;
  }

  void failFast(double share) {
    fastFailureShare = share;
  }

  void refuse() {
    refusing = true;
  }

  void die() {
    refusing = true;
    drop().forEach(attempt -> attempt.answer(Outcome.FAILURE, null));
  }

  void restart() {
    die();
    recover();
  }

  void recover() {
    refusing = false;
    errorShare = 0;
    fastFailureShare = 0;
    silent = false;
    pace(1, false);
  }

  ServerResult result(long allAttempts, long duration) {
    return tally.result(name, kind.slots(), allAttempts, duration);
  }

  /** Lets go of all that it has in its hands, and says what that was. */
  List<Attempt> drop() {
    account();
    List<Attempt> dropped = new ArrayList<>(slots);
    dropped.addAll(queue);
    slots.clear();
    queue.clear();
    dropped.forEach(attempt -> attempt.finishAt = Attempt.NEVER);
    return dropped;
  }
}
