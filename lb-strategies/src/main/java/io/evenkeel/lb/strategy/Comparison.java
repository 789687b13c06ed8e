package io.evenkeel.lb.strategy;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Strategy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a {@link Shadow} finds. Made by the user, who keeps it to {@linkplain #result() read}
 * at any time. Thread-safe.
 *
 * <p>One for each balancer: it keeps the counts of the nodes that the balancer knows now, and
 * forgets a node when its endpoint leaves.
 */
public final class Comparison {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.strategy");

  private final LongAdder compared = new LongAdder();
  private final LongAdder differed = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  /** Replaced as a whole by the balancer's one writer. */
  private volatile Map<Node, Tally> tallies = Map.of();

  private Comparison() {}

  /** A comparison of which nothing is known yet. */
  public static Comparison of() {
    return new Comparison();
  }

  /**
   * What was found since this was made. Counts that go on meanwhile may be in some of its numbers
   * and not yet in others.
   */
  public Result result() {
    List<Share> shares = new ArrayList<>();
    tallies.forEach(
        (node, tally) ->
            shares.add(new Share(node.endpoint(), tally.chosen.sum(), tally.candidate.sum())));
    shares.sort(Comparator.comparing(share -> share.endpoint().id()));
    Throwable first = failure.get();
    return new Result(
        compared.sum(),
        differed.sum(),
        failures.sum(),
        first == null ? null : first.toString(),
        shares);
  }

  /**
   * What was found.
   *
   * @param compared how many choices were compared
   * @param differed in how many of these the candidate would have chosen another endpoint. Two
   *     strategies that draw at random differ nearly always, though their shares may be equal
   * @param failures how often the candidate failed; these choices are not among the compared ones
   * @param firstFailure the candidate's first failure; null if there was none
   * @param shares of the endpoints that the balancer knows, in the order of their ids
   */
  public record Result(
      long compared,
      long differed,
      long failures,
      @Nullable String firstFailure,
      List<Share> shares) {
    /** Copies the list. */
    public Result {
      shares = List.copyOf(shares);
    }
  }

  /**
   * How often an endpoint was meant in the compared choices.
   *
   * @param endpoint its facts
   * @param chosen by the strategy that is in use
   * @param candidate by the one that is compared with it
   */
  public record Share(Endpoint endpoint, long chosen, long candidate) {}

  /** Goes on with these nodes, and forgets others. For the balancer's one writer. */
  Map<Node, Tally> follow(List<Node> nodes) {
    Map<Node, Tally> before = tallies;
    Map<Node, Tally> kept = new HashMap<>();
    for (Node node : nodes) {
      Tally known = before.get(node);
      kept.put(node, known == null ? new Tally() : known);
    }
    tallies = kept;
    return kept;
  }

  /** Counts two choices by the tallies of their nodes. */
  void count(Tally chosen, Tally candidate) {
    compared.increment();
    chosen.chosen.increment();
    candidate.candidate.increment();
    if (chosen != candidate) {
      differed.increment();
    }
  }

  /** The first is logged: a candidate that fails does so at request rate. */
  void failed(Strategy candidate, Throwable thrown) {
    if (thrown instanceof VirtualMachineError error && !(error instanceof StackOverflowError)) {
      throw error;
    }
    failures.increment();
    if (failure.compareAndSet(null, thrown)) {
      LOG.log(
          WARNING,
          "a candidate that is only compared has failed, and may go on to: " + candidate,
          thrown);
    }
  }

  @Override
  public String toString() {
    return "Comparison[compared="
        + compared.sum()
        + ", differed="
        + differed.sum()
        + ", failures="
        + failures.sum()
        + "]";
  }

  /** The counts of one node. */
  static final class Tally {
    private final LongAdder chosen = new LongAdder();
    private final LongAdder candidate = new LongAdder();
  }
}
