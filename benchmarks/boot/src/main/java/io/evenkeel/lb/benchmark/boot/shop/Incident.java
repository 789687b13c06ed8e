package io.evenkeel.lb.benchmark.boot.shop;

import io.evenkeel.lb.testkit.rig.ServerProcess;
import io.evenkeel.lb.testkit.rig.ServerProcessBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** What happens to the servers. The first two are fast, the last one has few workers. */
public enum Incident {
  /**
   * Turns are possible, if not wise: a quarter of the load is four fifths of what the last can do.
   */
  UNEQUAL(
      "Two servers of 2 ms, one of 20 ms, one of 20 ms that has four workers.", 4, server -> {}),
  /**
   * Who goes by turns gives the last one half more than it can do, for as long as the load lasts.
   */
  WEAK(
      "The same, but the last has two workers, which is too few for a quarter of the load.",
      2,
      server -> {}),
  KILLED("As `unequal`; a fast one is killed (SIGKILL).", 4, ServerProcess::kill),
  REFUSING(
      "As `unequal`; a fast one begins to answer 503 to all, at once.",
      4,
      server -> server.errors(1, 503));

  /** Requests per second. */
  public static final double RATE = 600;

  private static final Duration FAST = Duration.ofMillis(2);
  private static final Duration SLOW = Duration.ofMillis(20);

  private final String words;
  private final int workers;

  @SuppressWarnings("ImmutableEnumChecker") // a function without state
  private final Consumer<ServerProcess> fault;

  Incident(String words, int workers, Consumer<ServerProcess> fault) {
    this.words = words;
    this.workers = workers;
    this.fault = fault;
  }

  /** A sentence on what happens. */
  public String words() {
    return words;
  }

  /** The servers as they are at first. */
  List<ServerProcess> start() {
    List<ServerProcess> servers = ServerProcess.builder().serviceTime(FAST).start(2);
    return List.of(
        servers.get(0), servers.get(1), slow().start(), slow().concurrencyLimit(workers).start());
  }

  private static ServerProcessBuilder slow() {
    return ServerProcess.builder().serviceTime(SLOW);
  }

  /** What happens a third of the way through. */
  void happen(List<ServerProcess> servers) {
    fault.accept(servers.get(0));
  }

  /** The name on the command line and in reports. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
