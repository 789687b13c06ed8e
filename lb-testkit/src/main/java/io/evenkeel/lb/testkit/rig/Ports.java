package io.evenkeel.lb.testkit.rig;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Listens on ports that stay ours. They are below the range that systems draw outgoing ports from:
 * nobody else is given the port of a server that is down, not even a client's own attempt to
 * connect to it, which the kernel would else let meet itself.
 */
final class Ports {
  private static final int MIN = 20_000;
  private static final int MAX = 30_000;
  private static final int TRIES = 200;
  private static final int BACKLOG = 1024;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private Ports() {}

  /**
   * Listens.
   *
   * @param port where, or 0 for a port that is free. A port whose last owner was killed a moment
   *     ago may take a while to be free, so this one is tried for two seconds
   */
  static ServerSocketChannel listen(InetAddress host, int port) throws IOException {
    SplittableRandom random = new SplittableRandom();
    for (int tries = 1; ; tries++) {
      ServerSocketChannel listener = ServerSocketChannel.open();
      try {
        int at = port == 0 ? random.nextInt(MIN, MAX) : port;
        return listener.bind(new InetSocketAddress(host, at), BACKLOG);
      } catch (BindException e) {
        listener.close();
        if (tries == TRIES) {
          throw e;
        }
        if (port != 0) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
    }
  }
}
