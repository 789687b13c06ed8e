package io.evenkeel.lb.benchmark;

/**
 * What no dispatcher can beat that does not know how long requests take: one queue for all servers
 * (M/M/n, by Erlang's C formula).
 */
final class CentralQueue {
  private CentralQueue() {}

  /**
   * The mean time in the system, in mean service times.
   *
   * @param load of the servers, from 0 to below 1
   */
  static double mean(int servers, double load) {
    double offered = servers * load;
    // Erlang's B by its recursion, which stays within range for any number of servers.
    double blocked = 1;
    for (int i = 1; i <= servers; i++) {
      blocked = offered * blocked / (i + offered * blocked);
    }
    double waits = blocked / (1 - load * (1 - blocked));
    return 1 + waits / (servers * (1 - load));
  }
}
