package io.evenkeel.lb.testkit.rig;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A connection that speaks as much HTTP as tests need, and hides nothing of what happens to it. */
final class Wire implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket = new Socket();

  Wire(String host, int port) throws IOException {
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
  }

  static Wire to(ServerProcess server) throws IOException {
    return new Wire(server.host(), server.port());
  }

  static Wire to(FaultProxy proxy) throws IOException {
    return new Wire(proxy.host(), proxy.port());
  }

  record Answer(int status, Map<String, String> headers, int bytes, long nanos) {
    long millis() {
      return nanos / 1_000_000;
    }
  }

  /** One request on a connection of its own. */
  static Answer get(ServerProcess server, String path) throws IOException {
    try (Wire wire = to(server)) {
      return wire.get(path);
    }
  }

  Wire timeout(int millis) throws IOException {
    socket.setSoTimeout(millis);
    return this;
  }

  Answer get(String path) throws IOException {
    long begun = System.nanoTime();
    send("GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n");
    return answer(begun);
  }

  Answer post(String path, String key, String body) throws IOException {
    long begun = System.nanoTime();
    send(
        "POST "
            + path
            + " HTTP/1.1\r\nHost: test\r\nIdempotency-Key: "
            + key
            + "\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body);
    return answer(begun);
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  Answer answer(long begun) throws IOException {
    InputStream in = socket.getInputStream();
    String[] status = line(in).split(" ", -1);
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      String[] words = line.split(": ", 2);
      headers.put(words[0].toLowerCase(Locale.ROOT), words[1]);
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    int size = in.readNBytes(length).length;
    if (size < length) {
      throw new EOFException("body: " + size + " of " + length);
    }
    return new Answer(Integer.parseInt(status[1]), headers, size, System.nanoTime() - begun);
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("head: " + line);
      }
      line.write(next);
    }
    return line.toString(StandardCharsets.US_ASCII).stripTrailing();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
