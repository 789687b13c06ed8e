package io.evenkeel.lb.health.probe;

import io.evenkeel.lb.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;

/** A server on loopback that talks with each connection, one after the other. */
final class Loopback implements AutoCloseable {
  /** What it does with a connection. */
  @FunctionalInterface
  interface Talk {
    void with(Socket socket) throws IOException;
  }

  final ServerSocket server;

  /** Opened when the latest connection was ended by the client. */
  final CountDownLatch left = new CountDownLatch(1);

  private Loopback(ServerSocket server) {
    this.server = server;
  }

  static Loopback listening() {
    try {
      return new Loopback(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Loopback talking(Talk talk) {
    Loopback loopback = listening();
    Thread thread =
        new Thread(
            () -> {
              while (!loopback.server.isClosed()) {
                try (Socket socket = loopback.server.accept()) {
                  talk.with(socket);
                  socket.shutdownOutput();
                  while (socket.getInputStream().read() >= 0) {
                    // until the client has gone
                  }
                  loopback.left.countDown();
                } catch (IOException e) {
                  loopback.left.countDown();
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
    return loopback;
  }

  /** A port on which nobody listens. */
  static int freePort() {
    try (Loopback loopback = listening()) {
      return loopback.port();
    }
  }

  int port() {
    return server.getLocalPort();
  }

  Endpoint endpoint() {
    return Endpoint.of("127.0.0.1", port());
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
