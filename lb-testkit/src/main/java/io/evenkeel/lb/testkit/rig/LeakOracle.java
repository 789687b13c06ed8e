package io.evenkeel.lb.testkit.rig;

import static io.evenkeel.lb.testkit.rig.Expect.expect;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds what was not there before: open descriptors, live threads, and requests in flight.
 *
 * <pre>{@code
 * LeakOracle oracle = LeakOracle.builder().threads("OkHttp.*").balancer(orders).begin();
 * // ... use it all, and close it
 * oracle.assertNone();
 * }</pre>
 *
 * <p>Asking waits until all is as it was, or a limit has passed: what ends by itself soon is no
 * leak. Descriptors are seen where {@code /proc/self/fd} is; elsewhere that part is left out. Files
 * of classes and of random numbers, which the JVM opens when it likes, are not counted. Immutable
 * and thread-safe.
 */
public final class LeakOracle {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final Pattern OF_THE_JVM =
      Pattern.compile(".*(\\.jar|\\.class|\\.jsa|\\.so|/modules|/random|/urandom)|/proc/.*");
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  static {
    // From the first socket on, newer JDKs keep one of their own, which they close others with.
    try {
      ServerSocketChannel.open().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final Pattern threads;
  private final List<Balancer> balancers;
  private final long limitNanos;
  private final Map<String, String> descriptorsBefore;
  private final Map<Long, String> threadsBefore;
  private final Map<String, Integer> inFlightBefore;

  private LeakOracle(Builder builder) {
    this.threads = builder.threads;
    this.balancers = List.copyOf(builder.balancers);
    this.limitNanos = builder.limitNanos;
    this.descriptorsBefore = descriptors();
    this.threadsBefore = threads();
    this.inFlightBefore = inFlight();
  }

  /** Begins an oracle: all threads, no balancer, a limit of 10 seconds. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * What is there that was not there before, a line for each; empty if there is nothing. Waits
   * until that is so, or the limit has passed.
   */
  public List<String> leaks() {
    long deadline = System.nanoTime() + limitNanos;
    List<String> leaks = look();
    while (!leaks.isEmpty() && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(PAUSE_NANOS);
      leaks = look();
    }
    return leaks;
  }

  /**
   * The same as an assertion.
   *
   * @throws AssertionError if there is something; it names all of it
   */
  public void assertNone() {
    List<String> leaks = leaks();
    if (!leaks.isEmpty()) {
      throw new AssertionError(leaks.size() + " leaks:\n" + String.join("\n", leaks));
    }
  }

  private List<String> look() {
    List<String> leaks = new ArrayList<>();
    descriptors()
        .forEach(
            (descriptor, target) -> {
              if (!target.equals(descriptorsBefore.get(descriptor))) {
                String address = target.startsWith("socket:") ? SocketTable.addressOf(target) : "";
                leaks.add("descriptor " + descriptor + ": " + target + address);
              }
            });
    threads()
        .forEach(
            (id, thread) -> {
              if (!threadsBefore.containsKey(id)) {
                leaks.add("thread " + thread);
              }
            });
    inFlight()
        .forEach(
            (node, count) -> {
              int before = inFlightBefore.getOrDefault(node, 0);
              if (count != before) {
                leaks.add("in flight at " + node + ": " + count + " (before: " + before + ")");
              }
            });
    return leaks;
  }

  /** What each is of, by its number. */
  private static Map<String, String> descriptors() {
    Map<String, String> all = new LinkedHashMap<>();
    if (!Files.isDirectory(DESCRIPTORS)) {
      return all;
    }
    List<Path> open;
    try (Stream<Path> listed = Files.list(DESCRIPTORS)) {
      open = listed.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (Path descriptor : open) {
      try {
        String target = Files.readSymbolicLink(descriptor).toString();
        if (!OF_THE_JVM.matcher(target).matches()) {
          all.put(descriptor.getFileName().toString(), target);
        }
      } catch (IOException e) {
        // Closed meanwhile; or the one that the list itself was read from.
      }
    }
    return all;
  }

  /** Live threads whose names match, by their ids. */
  private Map<Long, String> threads() {
    Map<Long, String> all = new LinkedHashMap<>();
    Thread.getAllStackTraces()
        .forEach(
            (thread, frames) -> {
              if (threads.matcher(thread.getName()).matches()) {
                String at = frames.length == 0 ? "" : ", at " + frames[0];
                all.put(thread.getId(), thread.getName() + ": " + thread.getState() + at);
              }
            });
    return all;
  }

  private Map<String, Integer> inFlight() {
    Map<String, Integer> all = new LinkedHashMap<>();
    for (Balancer balancer : balancers) {
      for (Node node : balancer.nodes()) {
        all.put(balancer.name() + "/" + node.endpoint().id(), node.inFlight());
      }
    }
    return all;
  }

  /** Builds oracles. Not thread-safe. */
  public static final class Builder {
    private Pattern threads = Pattern.compile(".*");
    private final List<Balancer> balancers = new ArrayList<>();
    private long limitNanos = TimeUnit.SECONDS.toNanos(10);

    private Builder() {}

    /**
     * Which threads are looked at.
     *
     * @param names a regular expression that the whole name matches
     */
    public Builder threads(String names) {
      threads = Pattern.compile(names);
      return this;
    }

    /** Looks at the requests in flight at the nodes of this balancer. */
    public Builder balancer(Balancer balancer) {
      balancers.add(balancer);
      return this;
    }

    /** How long to wait until all is as it was. */
    public Builder limit(Duration limit) {
      expect(!limit.isNegative(), "limit", limit, ">= PT0S");
      limitNanos = limit.toNanos();
      return this;
    }

    /** An oracle that takes what is there now for what may be there. */
    public LeakOracle begin() {
      return new LeakOracle(this);
    }
  }
}
