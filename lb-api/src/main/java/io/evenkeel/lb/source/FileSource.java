package io.evenkeel.lb.source;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Scheduler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Flow;

/**
 * The endpoints that a text file lists, one a line:
 *
 * <pre>
 * # orders, both zones
 * 10.0.0.1:8080  weight=2 zone=a
 * [2001:db8::1]:8080  zone=b priority=1 id=orders-b secure=true version=7
 * </pre>
 *
 * <ul>
 *   <li>An address and then facts, with blanks between them. {@code weight}, {@code zone}, {@code
 *       priority}, {@code id} and {@code secure} mean what they mean in {@link
 *       io.evenkeel.lb.Endpoint.Builder}; any other key is metadata. A key may come once a line.
 *   <li>A word that starts with {@code #} begins a comment. Empty lines count for nothing.
 *   <li>A file with the one word {@code none} means {@link EndpointSet#none()}. A file without any
 *       word is taken for an accident, which balancers refuse.
 *   <li>UTF-8, a regular file of at most 64 MiB, 32 768 characters a line.
 * </ul>
 *
 * <p>A line that is wrong refuses the whole file; the error names the file, the line and what is
 * expected. A missing file is a failure as well. After a failure a balancer looks again at the
 * pauses of {@link EndpointSource}, so a repair may take a minute to be seen.
 *
 * <p>The file is looked at every second, and read when its time, size or identity has changed.
 * Replace it by an atomic rename: of a file that is written in place, a part may be read and taken
 * for the whole, until the next look finds the rest.
 *
 * <p>Immutable and thread-safe.
 */
public final class FileSource implements EndpointSource {
  private final Path file;
  private final Pace pace;

  private FileSource(Builder builder) {
    file = builder.file;
    pace = builder.pace;
  }

  /** The endpoints in a file that is looked at every second. */
  public static FileSource of(Path file) {
    return builder(file).build();
  }

  /** Begins a source. The file need not be there yet. */
  public static Builder builder(Path file) {
    return new Builder(file);
  }

  @Override
  public Flow.Publisher<EndpointSet> snapshots() {
    return subscriber -> new Polls(pace, new EndpointFile(file), subscriber).start();
  }

  @Override
  public String toString() {
    return "FileSource[" + file + ", " + pace + "]";
  }

  /** Builds file sources. Not thread-safe. */
  public static final class Builder {
    private final Path file;
    private Pace pace = Pace.of(Duration.ofSeconds(1), 0);

    private Builder(Path file) {
      this.file = requireNonNull(file, "file");
    }

    /**
     * How often to look whether the file has changed. By default every second.
     *
     * @throws IllegalArgumentException unless it is from 1 millisecond to 1 day
     */
    public Builder interval(Duration interval) {
      pace = pace.withInterval(interval);
      return this;
    }

    /** What waits and reads. By default the one that all balancers of the JVM share. */
    public Builder scheduler(Scheduler scheduler) {
      pace = pace.withScheduler(scheduler);
      return this;
    }

    /** The source. It reads nothing until somebody subscribes. */
    public FileSource build() {
      return new FileSource(this);
    }
  }
}
