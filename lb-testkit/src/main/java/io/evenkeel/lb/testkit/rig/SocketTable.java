package io.evenkeel.lb.testkit.rig;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/** Whose sockets are whose: Linux's tables of TCP sockets, to name one that leaks. */
final class SocketTable {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/self/net/tcp"), Path.of("/proc/self/net/tcp6"));
  private static final List<String> STATES =
      List.of(
          "?",
          "ESTABLISHED",
          "SYN_SENT",
          "SYN_RECV",
          "FIN_WAIT1",
          "FIN_WAIT2",
          "TIME_WAIT",
          "CLOSE",
          "CLOSE_WAIT",
          "LAST_ACK",
          "LISTEN",
          "CLOSING");

  private SocketTable() {}

  /**
   * Its addresses and state, as words to be added; empty if it is in no table.
   *
   * @param socket as links in {@code /proc} have it, such as {@code socket:[123]}
   */
  static String addressOf(String socket) {
    for (Path table : TABLES) {
      try {
        for (String line : Files.readAllLines(table)) {
          String[] words = line.strip().split("\\s+", -1);
          if (words.length > 9 && socket.equals("socket:[" + words[9] + "]")) {
            int state = Integer.parseInt(words[3], 16);
            return " " + address(words[1]) + " to " + address(words[2]) + " " + name(state);
          }
        }
      } catch (IOException e) {
        // It stays without addresses.
      }
    }
    return "";
  }

  private static String name(int state) {
    return state < STATES.size() ? STATES.get(state) : STATES.get(0);
  }

  /** Words of 32 bits in the order of the machine, taken for a little-endian one; then the port. */
  private static String address(String hex) throws IOException {
    int colon = hex.indexOf(':');
    byte[] words = HexFormat.of().parseHex(hex.substring(0, colon));
    byte[] bytes = new byte[words.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = words[(i & ~3) + 3 - (i & 3)];
    }
    return InetAddress.getByAddress(bytes).getHostAddress()
        + ":"
        + Integer.parseInt(hex.substring(colon + 1), 16);
  }
}
