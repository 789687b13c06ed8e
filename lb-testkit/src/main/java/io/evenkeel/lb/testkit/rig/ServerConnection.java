package io.evenkeel.lb.testkit.rig;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One connection of a {@link Server}: reads requests, one at a time, and writes what they are
 * answered. HTTP/1.1 as far as a test needs it: bodies of known length, keep-alive, no
 * continuations. For the server's thread.
 */
final class ServerConnection {
  private static final int MAX_HEAD = 32 * 1024;

  private final Server server;
  private final SocketChannel channel;
  private final SelectionKey key;
  private byte[] bytes = new byte[1024];
  private int size;

  /** How much of the request's body has not come yet; negative while its head has not. */
  private long missing = -1;

  private ServerRequest request = ServerRequest.NONE;

  /** Whether the request is in the server's hands. */
  private boolean busy;

  private ByteBuffer answer = ByteBuffer.allocate(0);

  ServerConnection(Server server, SocketChannel channel, SelectionKey key) {
    this.server = server;
    this.channel = channel;
    this.key = key;
  }

  /** Does what the channel is ready for. */
  void proceed() {
    try {
      if (key.isReadable() && !read()) {
        close();
        return;
      }
      if (key.isValid() && key.isWritable()) {
        write();
      }
    } catch (IOException | IllegalArgumentException e) {
      // The client has left, or speaks something else: nobody is to be told.
      close();
    }
  }

  /** The request in hand was answered. */
  void answer(byte[] head, byte[] body) {
    if (!key.isValid()) {
      return;
    }
    answer = ByteBuffer.allocate(head.length + body.length).put(head).put(body).flip();
    try {
      write();
    } catch (IOException | IllegalArgumentException e) {
      close();
    }
  }

  ServerRequest request() {
    return request;
  }

  private boolean read() throws IOException {
    if (size == bytes.length) {
      if (size >= MAX_HEAD) {
        if (busy) {
          // A client that sends on and on; it is read when its request was answered.
          key.interestOpsAnd(~SelectionKey.OP_READ);
          return true;
        }
        return false;
      }
      bytes = Arrays.copyOf(bytes, 2 * size);
    }
    int count = channel.read(ByteBuffer.wrap(bytes, size, bytes.length - size));
    if (count < 0) {
      return false;
    }
    size += count;
    parse();
    return true;
  }

  private void parse() throws IOException {
    if (busy) {
      return;
    }
    if (missing < 0) {
      int end = headEnd();
      if (end < 0) {
        return;
      }
      request = ServerRequest.parse(new String(bytes, 0, end, StandardCharsets.ISO_8859_1));
      missing = request.length();
      drop(end);
    }
    int here = (int) Math.min(size, missing);
    drop(here);
    missing -= here;
    if (missing == 0) {
      missing = -1;
      busy = true;
      server.take(this);
    }
  }

  private int headEnd() {
    for (int i = 3; i < size; i++) {
      if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n') {
        return i + 1;
      }
    }
    return -1;
  }

  private void drop(int count) {
    System.arraycopy(bytes, count, bytes, 0, size - count);
    size -= count;
  }

  private void write() throws IOException {
    channel.write(answer);
    if (answer.hasRemaining()) {
      key.interestOpsOr(SelectionKey.OP_WRITE);
      return;
    }
    key.interestOps(SelectionKey.OP_READ);
    if (busy) {
      busy = false;
      if (!request.keepsAlive()) {
        close();
        return;
      }
      parse();
    }
  }

  private void close() {
    key.cancel();
    try {
      channel.close();
    } catch (IOException e) {
      // It is as gone as it can be.
    }
  }
}
