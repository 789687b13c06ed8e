package io.evenkeel.lb.testkit.rig;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/**
 * The requests that a server has begun to work on, a line for each, in a file: what the server has
 * written is there even if it is killed or stopped the moment after, and a successor adds to it.
 */
final class Journal {
  private static final String NONE = "-";

  private final FileChannel file;

  private Journal(FileChannel file) {
    this.file = file;
  }

  /** For the server. */
  static Journal append(Path path) throws IOException {
    return new Journal(FileChannel.open(path, StandardOpenOption.APPEND));
  }

  /**
   * Notes a request.
   *
   * @param key of idempotency; empty if there is none
   */
  void note(String method, String path, String key) throws IOException {
    String line = method + " " + path + " " + (key.isEmpty() ? NONE : key) + "\n";
    ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  /** For its parent: all that was noted so far. A line that is being written is left out. */
  static void read(Path path, Consumer<Entry> reader) throws IOException {
    String text = Files.readString(path, StandardCharsets.ISO_8859_1);
    int from = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      String[] words = text.substring(from, end).split(" ", 3);
      reader.accept(new Entry(words[0], words[1], words[2].equals(NONE) ? "" : words[2]));
      from = end + 1;
    }
  }

  /** A request. */
  record Entry(String method, String path, String key) {}
}
