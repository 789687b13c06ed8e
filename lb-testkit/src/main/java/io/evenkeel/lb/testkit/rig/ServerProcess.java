package io.evenkeel.lb.testkit.rig;

import static io.evenkeel.lb.testkit.rig.Expect.expect;

import io.evenkeel.lb.Endpoint;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server in a process of its own, on loopback, that can be told to misbehave, and
 * killed and stopped as real ones are.
 *
 * <pre>{@code
 * try (ServerProcess server = ServerProcess.start()) {
 *   server.serviceTime(Duration.ofMillis(100)); // ten times slower from now on
 *   server.errors(0.5, 503);
 *   server.stop(); // SIGSTOP: the kernel still accepts connections, nobody answers
 *   server.resume();
 *   server.kill(); // SIGKILL
 *   server.restart(); // same port, as it was built
 * }
 * }</pre>
 *
 * <p>Any path is answered with 200 after the service time, or the one that the query {@code
 * ?millis=5000} asks for, and {@code /health} at once. Requests in excess of the concurrency limit
 * wait, first come first served. A request whose client has given up is served all the same.
 *
 * <p>What is said here of behaviour holds from when the method returns, for requests that arrive
 * then; it takes some milliseconds at most. The process ends when this is closed, when this JVM
 * ends, and when this JVM is killed. Thread-safe. Failures of the operating system are {@link
 * UncheckedIOException}s.
 */
public final class ServerProcess implements AutoCloseable {
  private final Server.Settings settings;
  private final Behaviour first;
  private final List<String> prefix;
  private final Path journal;

  // Guarded by this.
  private Process process;
  private Children.Lines lines;
  private Behaviour behaviour;
  private @Nullable Suspension suspension;
  private boolean closed;

  private volatile int port;

  ServerProcess(Server.Settings settings, Behaviour first, List<String> prefix) throws IOException {
    this.settings = settings;
    this.first = first;
    this.prefix = prefix;
    this.journal = Path.of(settings.journal());
    this.behaviour = first;
    this.process = launch(0);
    this.lines = new Children.Lines(process);
  }

  /** A server as {@link #builder} has it. */
  public static ServerProcess start() {
    return builder().start();
  }

  /** Begins a server: service time 10 ms, no limit of concurrency, a body of 3 bytes, seed 1. */
  public static ServerProcessBuilder builder() {
    return new ServerProcessBuilder();
  }

  /** Where it listens. */
  public String host() {
    return settings.host();
  }

  /** Where it listens. */
  public int port() {
    return port;
  }

  /** The id of the process, or of the last one if it is not running. */
  public synchronized long pid() {
    return process.pid();
  }

  /** Whether the process is there; one that is stopped is. */
  public synchronized boolean isAlive() {
    return process.isAlive();
  }

  /** Its address, as an endpoint of this id. */
  public Endpoint endpoint(String id) {
    return Endpoint.builder(host(), port).id(id).build();
  }

  /** How long a request takes from now on, to within a millisecond. */
  public void serviceTime(Duration time) {
    tell(now -> now.serviceTime(time));
  }

  /**
   * Answers a share of the requests with an error, at once.
   *
   * @param share 0 for none, 1 for all
   * @param status 200 to 599
   */
  public void errors(double share, int status) {
    tell(now -> now.errors(share, status, -1));
  }

  /**
   * The same, with a {@code Retry-After}.
   *
   * @param retryAfter sent as whole seconds, at least 0
   */
  public void errors(double share, int status, Duration retryAfter) {
    expect(!retryAfter.isNegative(), "retryAfter", retryAfter, ">= PT0S");
    tell(now -> now.errors(share, status, retryAfter.toSeconds()));
  }

  /**
   * Takes requests and never answers them, or answers again. Those that were taken meanwhile are
   * never answered. The health path is answered all the same.
   */
  public void hang(boolean hang) {
    tell(now -> now.hangs(hang));
  }

  /**
   * What the health path is answered, whatever the traffic gets.
   *
   * @param status 200 to 599
   */
  public void health(int status) {
    tell(now -> now.health(status));
  }

  /** Takes requests for the health path and never answers them, or answers again. */
  public void hangHealth(boolean hang) {
    tell(now -> now.healthHangs(hang));
  }

  /**
   * How many requests it has begun to work on, in all processes that it has had; without those for
   * the health path. Can be asked when it is dead or stopped, and until it is closed.
   */
  public long requests() {
    return count(entry -> !entry.path().equals(settings.healthPath()));
  }

  /** The same for one path, which may be the health path. */
  public long requests(String path) {
    return count(entry -> entry.path().equals(path));
  }

  /**
   * How often it has begun to work on a POST, by the header {@code Idempotency-Key}: what is above
   * 1 was done twice, and a key that is not there not at all. Add up several servers to find what
   * two of them did.
   */
  public Map<String, Integer> posts() {
    Map<String, Integer> counts = new TreeMap<>();
    read(
        entry -> {
          if (entry.method().equals("POST") && !entry.key().isEmpty()) {
            counts.merge(entry.key(), 1, Integer::sum);
          }
        });
    return counts;
  }

  /** Kills the process by SIGKILL: nothing is answered, flushed or said goodbye to. */
  public synchronized void kill() {
    Children.end(process);
    if (suspension != null) {
      suspension.forget();
      suspension = null;
    }
  }

  /**
   * Stops the process by SIGSTOP, and returns when it stands still. The kernel goes on to accept
   * connections for it, and bytes. Does nothing if it is stopped.
   */
  public synchronized void stop() {
    expectAlive();
    if (suspension == null) {
      try {
        suspension = Suspension.of(process.pid());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Lets a stopped process go on, by SIGCONT. Does nothing if it is not stopped. */
  public synchronized void resume() {
    Suspension ending = suspension;
    if (ending != null) {
      suspension = null;
      try {
        ending.end();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Starts a new process on the same port, which behaves as it was built to, and waits until it
   * listens. If the old one is still there it is killed.
   */
  public void restart() {
    restart(port);
  }

  /** The same on another port. */
  public void restartElsewhere() {
    restart(0);
  }

  private synchronized void restart(int at) {
    if (closed) {
      throw new IllegalStateException("server: closed (expected: not closed)");
    }
    kill();
    try {
      process = launch(at);
      lines = new Children.Lines(process);
      behaviour = first;
      await();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the process, in whatever state it is, and forgets what it has counted. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    kill();
    try {
      Children.delete(journal);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process launch(int at) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(Server.command(settings.at(at), first));
    return Children.start(command.toArray(String[]::new));
  }

  /** Waits until it listens. */
  synchronized void await() throws IOException {
    try {
      port = Integer.parseInt(lines.await("port "));
    } catch (IOException e) {
      Children.end(process);
      throw e;
    }
  }

  private synchronized void tell(UnaryOperator<Behaviour> change) {
    expectAlive();
    Behaviour next = change.apply(behaviour);
    if (suspension != null) {
      throw new IllegalStateException("server: stopped (expected: resumed before it is told more)");
    }
    try {
      OutputStream input = process.getOutputStream();
      input.write((next.line() + "\n").getBytes(StandardCharsets.US_ASCII));
      input.flush();
      lines.await("ok");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    behaviour = next;
  }

  private void expectAlive() {
    if (!process.isAlive()) {
      throw new IllegalStateException("server: dead (expected: alive)");
    }
  }

  private long count(Predicate<Journal.Entry> counted) {
    long[] count = new long[1];
    read(entry -> count[0] += counted.test(entry) ? 1 : 0);
    return count[0];
  }

  private void read(Consumer<Journal.Entry> reader) {
    try {
      Journal.read(journal, reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return "ServerProcess[" + host() + ":" + port + ", pid " + pid() + "]";
  }
}
