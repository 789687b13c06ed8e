package io.evenkeel.lb.benchmark.peer;

import io.evenkeel.lb.benchmark.Json;
import io.evenkeel.lb.benchmark.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Sends the same requests to the same ten servers, over sockets and one HTTP client, with each way
 * to choose in turn. What differs is the choice alone: all choosers are told when a request begins
 * and when it ends, and nothing else.
 *
 * <p>Each way to choose has a new process of servers, so that none inherits the queues of another.
 * Requests are sent when they are due, however late the answers are, and times are counted from
 * then. Only those that go by weights are told the servers' speeds.
 */
public final class SocketComparison {
  /** What the servers can do together, in requests a second. */
  private static final double CAPACITY =
      SocketServers.SPEEDS.stream().mapToInt(speed -> speed).sum() * 10;

  private static final double LONGEST_WARM_UP = 5;

  private SocketComparison() {}

  /**
   * Arguments: directory for the results, seconds for each way to choose, requests a second, then
   * the names of policies; without any, all of them.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length < 3) {
      System.err.println(
          "Usage: SocketComparison DIRECTORY SECONDS REQUESTS_PER_SECOND [POLICY...]");
      System.exit(2);
    }
    List<PeerPolicy> policies =
        args.length > 3
            ? Arrays.stream(args).skip(3).map(PeerPolicy::valueOf).toList()
            : Arrays.stream(PeerPolicy.values()).filter(SocketComparison::isComparable).toList();
    Machine machine = Machine.of("unknown", "SocketComparison " + String.join(" ", args));
    double seconds = Double.parseDouble(args[1]);
    run(Path.of(args[0]), machine, 1, seconds, Double.parseDouble(args[2]), policies);
    // The libraries leave threads of their own.
    System.exit(0);
  }

  /**
   * Compares, prints and writes {@code sockets.json} and {@code sockets.md}.
   *
   * @param rounds how often each way to choose has its turn; the one with the least mean counts,
   *     since what else the machine does makes some of them look worse, and none better
   */
  static List<SocketRow> run(
      Path directory,
      Machine machine,
      int rounds,
      double seconds,
      double perSecond,
      List<PeerPolicy> policies)
      throws IOException, InterruptedException {
    Map<PeerPolicy, SocketRow> best = new EnumMap<>(PeerPolicy.class);
    System.out.println("Warming up");
    // Else the first policy pays for what the machine has to load and compile, and looks lost.
    measure(policies.get(0), Math.min(seconds, LONGEST_WARM_UP), perSecond);
    for (int round = 1; round <= rounds; round++) {
      for (PeerPolicy policy : policies) {
        System.out.println(policy + " (round " + round + " of " + rounds + ")");
        best.merge(policy, measure(policy, seconds, perSecond), SocketComparison::better);
      }
    }
    List<SocketRow> rows = policies.stream().map(best::get).toList();
    String table =
        String.format(
            "%s requests a second for %s seconds, %.0f %% of what the servers can do, the best of %d"
                + " times; times in ms%n%n%s",
            perSecond, seconds, 100 * perSecond / CAPACITY, rounds, SocketRow.markdown(rows));
    System.out.println(table);
    Files.createDirectories(directory);
    Json.write(directory.resolve("sockets.json"), machine, rows);
    Files.writeString(
        directory.resolve("sockets.md"), "# sockets\n\n" + machine.markdown() + "\n" + table);
    return rows;
  }

  private static SocketRow better(SocketRow one, SocketRow other) {
    return one.mean() <= other.mean() ? one : other;
  }

  private static SocketRow measure(PeerPolicy policy, double seconds, double perSecond)
      throws IOException, InterruptedException {
    try (SocketRun run = SocketRun.start(policy, seconds, perSecond)) {
      return run.measure();
    }
  }

  /** Ribbon computes weights from response times every 30 seconds; a run would see none of it. */
  static boolean isComparable(PeerPolicy policy) {
    return policy != PeerPolicy.RIBBON_WEIGHTED_RESPONSE_TIME;
  }
}
