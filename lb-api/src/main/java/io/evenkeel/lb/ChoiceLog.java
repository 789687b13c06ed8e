package io.evenkeel.lb;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Every n-th choice of a balancer, the last few of them, while it is open: see {@link
 * Balancer#record}. Thread-safe.
 *
 * <p>While it is open each choice costs an atomic add on a counter that threads share, and
 * allocates nothing; one that is kept costs an object, a reading of the clock, and a look at the
 * endpoints for one that was tried. Nothing blocks or locks.
 */
public final class ChoiceLog implements AutoCloseable {
  /** The most choices that a log keeps. */
  public static final int MAX_SIZE = 65_536;

  // Memory: a slot takes only what is newer than what it has, by compare-and-set, because a thread
  // may sleep between its number and its slot for as long as others take to come round.

  private final AtomicReferenceArray<@Nullable Choice> slots;
  private final int oneIn;
  private final RecentTicker ticker;
  private final AtomicLong made = new AtomicLong();
  private final Engine engine;

  ChoiceLog(int size, int oneIn, RecentTicker ticker, Engine engine) {
    if (size < 1 || size > MAX_SIZE) {
      throw new IllegalArgumentException("size: " + size + " (expected: 1.." + MAX_SIZE + ")");
    }
    if (oneIn < 1) {
      throw new IllegalArgumentException("oneIn: " + oneIn + " (expected: >= 1)");
    }
    this.slots = new AtomicReferenceArray<>(size);
    this.oneIn = oneIn;
    this.ticker = ticker;
    this.engine = engine;
  }

  /**
   * A choice that was made.
   *
   * @param number which one it was since the log was opened, from 1
   * @param endpoint what was chosen
   * @param nowNanos when, by the balancer's ticker
   * @param inFlight requests that were in flight there, without this one
   * @param load its load, in the unit of the strategy's metric
   * @param affinity of the request, or 0
   * @param retry whether the request had tried any of the endpoints before
   */
  public record Choice(
      long number,
      Endpoint endpoint,
      long nowNanos,
      int inFlight,
      double load,
      long affinity,
      boolean retry) {}

  /** What is kept, newest first. */
  public List<Choice> choices() {
    List<Choice> kept = new ArrayList<>(slots.length());
    for (int i = 0; i < slots.length(); i++) {
      Choice choice = slots.get(i);
      if (choice != null) {
        kept.add(choice);
      }
    }
    kept.sort(Comparator.comparingLong(Choice::number).reversed());
    return Collections.unmodifiableList(kept);
  }

  /** Ends it; what was kept stays. Choices that are under way may still be added. */
  @Override
  public void close() {
    engine.stop(this);
  }

  /** Takes note of a choice. On the request path. */
  void add(Node chosen, RequestContext context, List<Node> nodes) {
    long number = made.incrementAndGet();
    if (number % oneIn == 0) {
      keep(number, chosen, context, nodes);
    }
  }

  private void keep(long number, Node chosen, RequestContext context, List<Node> nodes) {
    Choice choice =
        new Choice(
            number,
            chosen.endpoint(),
            ticker.now(),
            chosen.inFlight(),
            chosen.load(),
            context.affinity(),
            isRetry(context, nodes));
    int slot = (int) ((number / oneIn - 1) % slots.length());
    Choice before = slots.get(slot);
    while ((before == null || before.number < number)
        && !slots.compareAndSet(slot, before, choice)) {
      before = slots.get(slot);
    }
  }

  private static boolean isRetry(RequestContext context, List<Node> nodes) {
    for (int i = 0; i < nodes.size(); i++) {
      if (context.tried(nodes.get(i).endpoint())) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return "ChoiceLog[1 in " + oneIn + " of " + made + ", at most " + slots.length() + " kept]";
  }
}
