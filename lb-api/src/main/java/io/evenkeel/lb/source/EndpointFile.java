package io.evenkeel.lb.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * What a file lists, read again only when the file has changed. One subscription's memory of it;
 * asked by one thread at a time.
 */
final class EndpointFile implements Callable<EndpointSet> {
  static final int MAX_BYTES = 64 * 1024 * 1024;

  private final Path file;
  private @Nullable Stamp stamp;
  private boolean settled;
  private EndpointSet endpoints = EndpointSet.of();

  EndpointFile(Path file) {
    this.file = file;
  }

  @Override
  public EndpointSet call() throws IOException {
    Stamp now = Stamp.of(file);
    boolean same = now.equals(stamp);
    if (!same || !settled) {
      endpoints = parse(read());
      stamp = now;
      // A file that changes twice within one tick of its own clock looks the same after both. So a
      // stamp is trusted only when it has been seen twice.
      settled = same;
    }
    return endpoints;
  }

  private String read() throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    }
    if (bytes.length > MAX_BYTES) {
      throw new IOException(file + ": too large (expected: at most " + MAX_BYTES + " bytes)");
    }
    return new String(bytes, UTF_8);
  }

  private EndpointSet parse(String text) {
    Set<Endpoint> found = new LinkedHashSet<>();
    int noneAt = 0;
    int number = 0;
    for (Iterator<String> lines = text.lines().iterator(); lines.hasNext(); ) {
      number++;
      String line = lines.next();
      try {
        EndpointLine parsed = EndpointLine.parse(number == 1 ? withoutMark(line) : line);
        if (parsed.endpoint() != null) {
          found.add(parsed.endpoint());
        }
        noneAt = parsed.none() ? number : noneAt;
        if (noneAt > 0 && !found.isEmpty()) {
          throw new IllegalArgumentException("an endpoint beside none (expected: one of the two)");
        }
        if (found.size() > EndpointSet.MAX_ENDPOINTS) {
          throw new IllegalArgumentException(
              "one endpoint too many (expected: at most " + EndpointSet.MAX_ENDPOINTS + ")");
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(file + ", line " + number + ": " + e.getMessage(), e);
      }
    }
    try {
      return noneAt > 0 ? EndpointSet.none() : EndpointSet.of(found);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /** Some editors start a file with a byte order mark. */
  private static String withoutMark(String line) {
    return line.startsWith("\ufeff") ? line.substring(1) : line;
  }

  /** What changes when a file does; the key is another one after a rename. */
  private record Stamp(FileTime modified, long size, @Nullable Object key) {
    static Stamp of(Path file) throws IOException {
      BasicFileAttributes facts = Files.readAttributes(file, BasicFileAttributes.class);
      if (!facts.isRegularFile()) {
        // Opening a pipe would wait for somebody to write.
        throw new IOException(file + ": not a file (expected: a regular file)");
      }
      return new Stamp(facts.lastModifiedTime(), facts.size(), facts.fileKey());
    }
  }
}
