package io.evenkeel.lb.okhttp.health;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.SocketFactory;

/**
 * Knows the sockets that it has made. Probes keep a connection to each endpoint for a minute, which
 * no test waits for: they are counted and closed instead.
 */
final class Sockets extends SocketFactory implements AutoCloseable {
  private final List<Socket> made = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  long open() {
    return made.stream().filter(each -> !each.isClosed()).count();
  }

  @Override
  public Socket createSocket() {
    Socket socket = new Socket();
    made.add(socket);
    // A probe that was under way when all was closed may connect only now.
    if (closed) {
      close(socket);
    }
    return socket;
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException("connected by OkHttp");
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    throw new UnsupportedOperationException("connected by OkHttp");
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException("connected by OkHttp");
  }

  @Override
  public Socket createSocket(
      InetAddress address, int port, InetAddress localAddress, int localPort) {
    throw new UnsupportedOperationException("connected by OkHttp");
  }

  @Override
  public void close() {
    closed = true;
    made.forEach(Sockets::close);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
