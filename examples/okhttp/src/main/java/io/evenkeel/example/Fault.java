package io.evenkeel.example;

import java.util.List;

/**
 * Something that is done to a server during a run.
 *
 * @param at when, as a share of the run's length, so that a short run has the same script
 * @param kind what
 * @param server which one, counted from 0
 */
record Fault(double at, Kind kind, int server) {
  /** What can be done to a server. */
  enum Kind {
    SLOW("ten times slower"),
    RECOVER("fast again"),
    KILL("killed"),
    RESTART("restarted"),
    WEIGHT("double weight");

    final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  /**
   * The demo's script. One server is slow for half of the run, so that a tenth of what round robin
   * sends is slow and its p99 is the slow server's. Within that time another is dead, so that for a
   * while three of five servers carry everything.
   */
  static List<Fault> script() {
    return List.of(
        new Fault(0.15, Kind.SLOW, 1),
        new Fault(0.35, Kind.KILL, 2),
        new Fault(0.50, Kind.RESTART, 2),
        new Fault(0.65, Kind.RECOVER, 1),
        new Fault(0.75, Kind.WEIGHT, 3));
  }
}
