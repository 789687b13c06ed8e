package io.evenkeel.lb.benchmark.fault;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What happens to servers while requests go on: first what needs no retry to be survived, then what
 * is survived with retries.
 */
enum Scenario {
  /** First, while there is nothing of others that could end meanwhile. */
  IDLE("100 balancers with 50 endpoints each do nothing", Checks::idle),
  PROBES("a thousand endpoints are asked every five seconds", Checks::probes),
  KILL("one of five is killed (SIGKILL)", Deaths::kill),
  STOP("one of five is stopped (SIGSTOP)", Deaths::stop),
  SLOW("one of five becomes ten times slower", Failures::slow),
  ERRORS("one of five answers 500 to all, at once", Failures::errors),
  HALF("one of five answers 500 to half, at once", Failures::half),
  RESTART("one of five is killed, and is back four seconds later", Deaths::restart),
  EVEN("all five answer 500 to 5, 10, 30 and 60 %", Failures::even),
  FLAPPING("the health path of all five says yes and no at random", Checks::flapping),
  RETRIED_KILL(
      "one of five is killed; failed requests go elsewhere", Rescues::kill, Comparison::kill),
  STORM("one of five is killed every few seconds; failed requests go elsewhere", Rescues::storm),
  RETRIED_STOP(
      "one of five is stopped; failed requests go elsewhere", Rescues::stop, Comparison::stop),
  BLACK_HOLE(
      "one of five falls silent; failed requests go elsewhere",
      Rescues::blackHole,
      Comparison::blackHole),
  OUTAGE(
      "all five are killed, and are back after a while; retries are on",
      Rescues::outage,
      Comparison::outage),
  STANDSTILL(
      "the client itself stands still for a moment, again and again; failed requests go elsewhere",
      Standstill::run),
  ROLLING("all five are replaced, one by one; failed requests go elsewhere", Rescues::rolling),
  OVERLOAD(
      "five servers get twice what they can do, with limits that find themselves",
      Overload::run,
      Comparison::overload),
  LAYERS(
      "of three services, each of which asks the next, the last answers 500 to 10 to 100 %",
      Layers::run);

  private final String fault;

  @SuppressWarnings("ImmutableEnumChecker") // a method without state
  private final Script script;

  @SuppressWarnings("ImmutableEnumChecker") // the same
  private final Comparison.@Nullable Script ofPeers;

  Scenario(String fault, Script script) {
    this(fault, script, null);
  }

  Scenario(String fault, Script script, Comparison.@Nullable Script ofPeers) {
    this.fault = fault;
    this.script = script;
    this.ofPeers = ofPeers;
  }

  @FunctionalInterface
  private interface Script {
    Verdict.Figures run(Pace pace) throws InterruptedException;
  }

  /** What happens, in words. */
  String fault() {
    return fault;
  }

  /** Whether pauses do it no harm: it measures what processors do, or is about them. */
  boolean bearsPauses() {
    return this == IDLE || this == PROBES || this == STANDSTILL;
  }

  /** Runs it with our client and then, if it can be compared, with those of other libraries. */
  Verdict run(Pace pace, List<Peer> peers) throws InterruptedException {
    Verdict.Figures figures = script.run(pace);
    Comparison.Script others = ofPeers;
    if (others != null) {
      for (Peer peer : peers) {
        compare(figures, others, peer, pace);
      }
    }
    return figures.of(toString());
  }

  private static void compare(
      Verdict.Figures figures, Comparison.Script script, Peer peer, Pace pace)
      throws InterruptedException {
    try {
      figures.beside(peer.name(), script.run(peer, pace));
    } catch (IOException | RuntimeException e) {
      figures.missing(peer.name(), e);
    }
  }

  /**
   * The scenarios of these names, in the order of this enum; all if there are no names.
   *
   * @throws IllegalArgumentException if one is not known; it lists those that are
   */
  static List<Scenario> asked(List<String> names) {
    List<String> known = Arrays.stream(values()).map(Scenario::toString).toList();
    for (String name : names) {
      if (!known.contains(name)) {
        String all =
            Arrays.stream(values())
                .map(each -> String.format("%n  %-14s%s", each, each.fault))
                .collect(Collectors.joining());
        throw new IllegalArgumentException("scenario: " + name + " (expected: one of" + all + ")");
      }
    }
    return Arrays.stream(values())
        .filter(each -> names.isEmpty() || names.contains(each.toString()))
        .toList();
  }

  /** The name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
