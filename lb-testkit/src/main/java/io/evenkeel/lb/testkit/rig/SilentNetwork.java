package io.evenkeel.lb.testkit.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * A network of its own that can go silent: packets to it vanish and nothing comes back, as when a
 * machine loses its power or a firewall drops. Connections that are open say nothing any more, and
 * new ones are never made. No signal of a process and no proxy can show that.
 *
 * <pre>{@code
 * assumeThat(SilentNetwork.obstacle()).isEmpty();
 * try (SilentNetwork network = SilentNetwork.open();
 *     ServerProcess server = ServerProcess.builder().in(network).start()) {
 *   network.silence();
 *   network.restore(); // the kernels send again what was lost meanwhile
 * }
 * }</pre>
 *
 * <p>A network namespace of Linux, joined to this one by a pair of virtual devices, with a route
 * that is a black hole. It has no name: it is there as long as a process is in it, and the first of
 * those ends with this JVM, however that ends, and the devices with it. Addresses are of 198.18/15,
 * which is kept for such tests (RFC 2544). Thread-safe. Failures of the operating system are {@link
 * UncheckedIOException}s.
 */
public final class SilentNetwork implements AutoCloseable {
  private static final int TRIES = 20;

  private final Process holder;
  private final String device;
  private final String outside;
  private final String inside;
  private boolean silent;
  private boolean closed;

  private SilentNetwork(Process holder, int number) throws IOException {
    this.holder = holder;
    // At most 15 characters.
    this.device = String.format("rig%08x", number);
    int block = (number & 0x7fff) << 2;
    String network = "198." + (18 + (block >>> 16)) + "." + ((block >>> 8) & 0xff) + ".";
    this.outside = network + ((block & 0xff) + 1);
    this.inside = network + ((block & 0xff) + 2);
    String hardware =
        String.format(
            "02:72:%02x:%02x:%02x:02", number >>> 16 & 255, number >>> 8 & 255, number & 255);
    new Children.Lines(holder).await("ready");
    String pid = Long.toString(holder.pid());
    run(
        "ip", "link", "add", device, "type", "veth", "peer", "name", "rig", "address", hardware,
        "netns", pid);
    run("ip", "address", "add", outside + "/30", "dev", device);
    run("ip", "link", "set", device, "up");
    // Else the silence would end, after a while, in "no route to host".
    run(
        "ip",
        "neighbour",
        "replace",
        inside,
        "lladdr",
        hardware,
        "dev",
        device,
        "nud",
        "permanent");
    runInside("ip", "link", "set", "lo", "up");
    runInside("ip", "address", "add", inside + "/30", "dev", "rig");
    runInside("ip", "link", "set", "rig", "up");
    // So that what comes from an address with no way back is dropped, too.
    runInside("/bin/sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/rig/rp_filter");
  }

  /** Why there can be no such network here; empty if there can. Tries it, once. */
  public static Optional<String> obstacle() {
    return Trial.OBSTACLE;
  }

  /** A network with nothing in it. */
  public static SilentNetwork open() {
    SplittableRandom random = new SplittableRandom();
    try {
      for (int tries = 1; ; tries++) {
        Process holder =
            Children.start("unshare", "--net", "/bin/sh", "-c", "echo ready; read -r unused");
        try {
          return new SilentNetwork(holder, random.nextInt());
        } catch (IOException | RuntimeException e) {
          Children.end(holder);
          boolean taken = e.getMessage() != null && e.getMessage().contains("File exists");
          if (!taken || tries == TRIES) {
            throw e;
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where servers in it are reached. */
  public String address() {
    return inside;
  }

  /** Drops all packets from now on. */
  public synchronized void silence() {
    if (!silent) {
      silent = true;
      unchecked("ip", "route", "add", "blackhole", outside + "/32");
    }
  }

  /** Lets packets pass again. */
  public synchronized void restore() {
    if (silent) {
      silent = false;
      unchecked("ip", "route", "delete", "blackhole", outside + "/32");
    }
  }

  /** Ends it. Close the servers in it first: it stays as long as there is one. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      // With its peer, which the kernel would else remove at its leisure.
      run("ip", "link", "delete", device);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      Children.end(holder);
    }
  }

  /** What to put before a command that is to run in it. */
  List<String> enter() {
    return List.of("nsenter", "--target", Long.toString(holder.pid()), "--net", "--");
  }

  private void unchecked(String... command) {
    try {
      runInside(command);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void runInside(String... command) throws IOException {
    List<String> whole = new ArrayList<>(enter());
    whole.addAll(List.of(command));
    run(whole.toArray(String[]::new));
  }

  private static void run(String... command) throws IOException {
    Process process = Children.start(command);
    try {
      String printed =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(Children.PATIENCE_SECONDS, TimeUnit.SECONDS)
          || process.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + ": " + printed);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      Children.end(process);
    }
  }

  @Override
  public String toString() {
    return "SilentNetwork[" + inside + "]";
  }

  /** Holds what one try has shown. */
  private static final class Trial {
    static final Optional<String> OBSTACLE = obstacle();

    private static Optional<String> obstacle() {
      try {
        open().close();
        return Optional.empty();
      } catch (UncheckedIOException e) {
        return Optional.of(String.valueOf(e.getMessage()));
      }
    }
  }
}
