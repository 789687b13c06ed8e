package io.evenkeel.lb.strategy;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Probe;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Sends the probes of one balancer. A choice counts itself and, if probes are due and nobody is
 * sending any, hands that over to the executor.
 *
 * <p>Memory: {@code RUNNING} lets one thread send at a time, which alone writes {@code SENT} and
 * puts questions into {@code open}. A question leaves {@code open} by compare-and-set, once,
 * whether it was answered or given up.
 */
final class Probing implements Runnable {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.strategy");
  private static final int REDRAWS = 4;

  /** Two cache lines. */
  private static final int APART = 16;

  /** Threads count in so many places; a power of two. */
  static final int LANES = 8;

  // In counts. Choices write the first, one for each lane; each probe that is sent writes the next
  // two, and the last is all that a choice reads while others are sending.
  private static final int REQUESTS = APART;
  private static final int SENT = REQUESTS + LANES * APART;
  private static final int OPENED = SENT + 1;
  private static final int RUNNING = SENT + APART;

  private final Probe probe;
  private final Executor executor;
  private final double perRequest;
  private final AtomicLongArray counts = new AtomicLongArray(RUNNING + APART);
  private final AtomicReferenceArray<@Nullable Question> open;
  private final AtomicBoolean logged = new AtomicBoolean();
  private volatile @Nullable Targets targets;

  Probing(Probe probe, Executor executor, double perRequest, int concurrency) {
    this.probe = probe;
    this.executor = executor;
    this.perRequest = perRequest;
    this.open = new AtomicReferenceArray<>(concurrency);
  }

  /** Whom to ask from now on; gives up questions that are older than this. */
  void renew(Targets next, long oldestNanos) {
    targets = next;
    for (int i = 0; i < open.length(); i++) {
      Question question = open.get(i);
      if (question != null && next.answers.nowNanos() - question.nanos > oldestNanos) {
        question.close();
      }
    }
  }

  /** Which lane the current thread is in. */
  static int lane() {
    return (int) Thread.currentThread().getId() & (LANES - 1);
  }

  /** Counts a request. */
  void count() {
    long ofLane = counts.incrementAndGet(REQUESTS + lane() * APART);
    // What others write is dear to read: probes that are due by parts of all lanes wait for one.
    if (due(ofLane) > due(ofLane - 1)) {
      start();
    }
  }

  /** How many requests there were. */
  long requests() {
    long sum = 0;
    for (int lane = 0; lane < LANES; lane++) {
      sum += counts.get(REQUESTS + lane * APART);
    }
    return sum;
  }

  private void start() {
    if (counts.getOpaque(RUNNING) == 0 && hasRoom() && counts.compareAndSet(RUNNING, 0, 1)) {
      try {
        executor.execute(this);
      } catch (Throwable t) {
        counts.set(RUNNING, 0);
        failed(t);
      }
    }
  }

  private boolean hasRoom() {
    return counts.get(OPENED) < open.length();
  }

  private boolean isDue() {
    return due(requests()) > counts.get(SENT);
  }

  private long due(long requests) {
    return (long) (requests * perRequest);
  }

  @Override
  public void run() {
    do {
      try {
        send();
      } finally {
        counts.set(RUNNING, 0);
      }
    } while (hasRoom() && isDue() && counts.compareAndSet(RUNNING, 0, 1));
  }

  private void send() {
    Targets now = targets;
    long due = due(requests());
    // What could not be sent in time is not made up for; more than a pool of answers is of no use.
    long from = Math.max(counts.get(SENT), due - HotCold.ANSWERS);
    int free = 0;
    for (long next = from; next < due && now != null && now.nodes.length > 1; next++) {
      while (free < open.length() && open.get(free) != null) {
        free++;
      }
      if (free == open.length()) {
        break;
      }
      ask(now, free);
    }
    counts.set(SENT, due);
  }

  private void ask(Targets now, int place) {
    int node = now.draw();
    for (int i = 0; isOpen(now.nodes[node]); i++) {
      if (i == REDRAWS) {
        return;
      }
      node = now.draw();
    }
    Question question = new Question(now, node, place);
    counts.incrementAndGet(OPENED);
    open.set(place, question);
    try {
      Node asked = now.nodes[node];
      Endpoint endpoint = asked.endpoint();
      probe.probe(endpoint, asked.addresses(endpoint)).whenComplete(question::answered);
    } catch (RuntimeException e) {
      question.close();
      failed(e);
    }
  }

  private boolean isOpen(Node node) {
    for (int i = 0; i < open.length(); i++) {
      Question question = open.get(i);
      if (question != null && question.asked() == node) {
        return true;
      }
    }
    return false;
  }

  private void failed(Throwable thrown) {
    if (logged.compareAndSet(false, true)) {
      LOG.log(
          WARNING,
          () -> "a probe by " + probe + " could not be sent, and others may not be",
          thrown);
    }
  }

  /** Whom to ask, and where answers go. */
  static final class Targets {
    final Node[] nodes;
    private final Answers answers;
    private final AliasTable byWeight;
    private final RandomGenerator random;

    Targets(Node[] nodes, double[] weights, RandomGenerator random, Answers answers) {
      this.nodes = nodes;
      this.byWeight = new AliasTable(weights);
      this.random = random;
      this.answers = answers;
    }

    int draw() {
      return byWeight.draw(random.nextLong());
    }
  }

  /** Where answers go. They may come when there is another set of nodes. */
  interface Answers {
    /** The time, at least at the latest renewal. */
    long nowNanos();

    void add(int node, LoadReport report);

    /** Instead of an answer there was an error. */
    void failed(int node);
  }

  /** A probe that was sent. */
  private final class Question {
    private final Targets to;
    private final int node;
    private final int place;
    private final long nanos;

    Question(Targets to, int node, int place) {
      this.to = to;
      this.node = node;
      this.place = place;
      this.nanos = to.answers.nowNanos();
    }

    Node asked() {
      return to.nodes[node];
    }

    void answered(@Nullable LoadReport report, @Nullable Throwable error) {
      if (close()) {
        if (report != null) {
          to.answers.add(node, report);
        } else {
          to.answers.failed(node);
        }
      }
      if (isDue()) {
        start();
      }
    }

    boolean close() {
      if (!open.compareAndSet(place, this, null)) {
        return false;
      }
      counts.decrementAndGet(OPENED);
      return true;
    }
  }
}
