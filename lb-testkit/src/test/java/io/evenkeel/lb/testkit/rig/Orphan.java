package io.evenkeel.lb.testkit.rig;

import java.util.List;

/** The main class of a parent that is killed before it could end its servers. */
final class Orphan {
  private Orphan() {}

  /** Prints the ids of two servers, one of which is stopped, and waits for its end. */
  public static void main(String[] args) throws Exception {
    List<ServerProcess> servers = ServerProcess.builder().start(2);
    servers.get(1).stop();
    System.out.println("pids " + servers.get(0).pid() + " " + servers.get(1).pid());
    while (System.in.read() >= 0) {}
    if (args.length > 0) {
      System.exit(Integer.parseInt(args[0]));
    }
    Thread.currentThread().join();
  }
}
