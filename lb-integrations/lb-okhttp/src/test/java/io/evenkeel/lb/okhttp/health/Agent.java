package io.evenkeel.lb.okhttp.health;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Says the same line to all who connect, until it is told another one. */
final class Agent implements AutoCloseable {
  private final ServerSocket listener;
  private volatile String line;

  Agent(String line) {
    this.line = line;
    try {
      this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread thread = new Thread(this::serve, "agent-" + port());
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return listener.getLocalPort();
  }

  String line() {
    return line;
  }

  void say(String next) {
    line = next;
  }

  private void serve() {
    while (!listener.isClosed()) {
      try (Socket socket = listener.accept()) {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        // Whoever asked has gone, or the listener is closed.
      }
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
