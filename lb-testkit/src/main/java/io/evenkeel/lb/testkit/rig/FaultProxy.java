package io.evenkeel.lb.testkit.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A TCP proxy on loopback before a server, inside this JVM, that does to connections what networks
 * do. Needs no privileges.
 *
 * <pre>{@code
 * try (FaultProxy proxy = FaultProxy.to("127.0.0.1", server.port())) {
 *   Endpoint endpoint = Endpoint.of(proxy.host(), proxy.port());
 *   proxy.set(Fault.latency(Duration.ofMillis(50)));
 *   proxy.set(Fault.none());
 * }
 * }</pre>
 *
 * <p>A fault holds for open connections and new ones from when {@link #set} returns, in place of
 * the one before; bytes that have passed before are on their way. What the sides do to each other
 * passes: the end of one direction, a reset. A server that cannot be reached shows as a connection
 * that is reset. Thread-safe; two threads for each connection.
 */
public final class FaultProxy implements AutoCloseable {
  static final long FOR_EVER = TimeUnit.DAYS.toNanos(365);

  private final InetSocketAddress server;
  private final InetAddress host = InetAddress.getLoopbackAddress();
  private final int port;
  private final Set<ProxyConnection> open = ConcurrentHashMap.newKeySet();
  private final LongAdder connections = new LongAdder();
  private final LongAdder toServer = new LongAdder();
  private final LongAdder toClients = new LongAdder();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by this.
  private ServerSocketChannel listener;
  private Thread acceptor;

  private volatile Spell spell = new Spell(Fault.none());
  private volatile boolean closed;

  private FaultProxy(InetSocketAddress server) throws IOException {
    this.server = server;
    this.listener = Ports.listen(host, 0);
    this.port = listener.socket().getLocalPort();
    this.acceptor = acceptAt(listener);
  }

  /** The time of one fault: the same fault twice in a row is two spells. */
  static final class Spell {
    final Fault fault;

    Spell(Fault fault) {
      this.fault = fault;
    }
  }

  /**
   * A proxy before this server.
   *
   * @throws UncheckedIOException if it cannot listen
   */
  public static FaultProxy to(String host, int port) {
    try {
      return new FaultProxy(new InetSocketAddress(host, port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it listens. */
  public String host() {
    return host.getHostAddress();
  }

  /** Where it listens, as long as it is not closed. */
  public int port() {
    return port;
  }

  /**
   * Sets what is done to connections.
   *
   * @throws UncheckedIOException if it cannot listen again
   * @throws IllegalStateException if it is closed
   */
  public synchronized void set(Fault fault) {
    if (closed) {
      throw new IllegalStateException("proxy: closed (expected: not closed)");
    }
    boolean listens = listener.isOpen();
    if (fault.kind == Fault.Kind.REFUSAL) {
      refuse();
      begin(fault);
    } else if (listens) {
      begin(fault);
    } else {
      try {
        listener = Ports.listen(host, port);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      begin(fault);
      acceptor = acceptAt(listener);
    }
    if (resetsAtOnce(fault)) {
      open.forEach(ProxyConnection::reset);
    }
  }

  private void begin(Fault fault) {
    spell = new Spell(fault);
    signal();
  }

  /** The kernel listens until the thread that accepts has noticed that it is not to. */
  private void refuse() {
    try {
      listener.close();
      acceptor.join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many connections it has accepted. */
  public long connections() {
    return connections.sum();
  }

  /** How many connections are open. */
  public int open() {
    return open.size();
  }

  /** How many bytes have passed from clients to the server, with all that it has read. */
  public long bytesToServer() {
    return toServer.sum();
  }

  /** How many bytes have passed from the server to clients, with all that they have read. */
  public long bytesToClients() {
    return toClients.sum();
  }

  /** Stops listening, and resets what is open. */
  @Override
  public synchronized void close() {
    closed = true;
    refuse();
    signal();
    open.forEach(ProxyConnection::reset);
  }

  private Thread acceptAt(ServerSocketChannel at) {
    return start("accept", () -> accept(at));
  }

  private void accept(ServerSocketChannel at) {
    try {
      while (true) {
        Socket client = at.accept().socket();
        connections.increment();
        ProxyConnection connection = new ProxyConnection(this, client);
        open.add(connection);
        if (closed || resetsAtOnce(spell.fault)) {
          connection.reset();
        } else {
          Thread unused = start("to-server", connection::run);
        }
      }
    } catch (IOException e) {
      // The listener was closed, by a refusal or for good.
    }
  }

  private static boolean resetsAtOnce(Fault fault) {
    return fault.kind == Fault.Kind.RESET && fault.amount == 0;
  }

  Thread start(String what, Runnable task) {
    Thread thread = new Thread(task, "fault-proxy-" + port + "-" + what);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  InetSocketAddress server() {
    return server;
  }

  Spell spell() {
    return spell;
  }

  boolean isClosed() {
    return closed;
  }

  void passed(boolean toClient, int bytes) {
    (toClient ? toClients : toServer).add(bytes);
  }

  void ended(ProxyConnection connection) {
    open.remove(connection);
  }

  /** Waits until another spell begins, or the time is up, or the connection is gone. */
  void awaitChange(Spell during, long nanos, ProxyConnection connection) throws IOException {
    long deadline = System.nanoTime() + nanos;
    lock.lock();
    try {
      long left = nanos;
      while (spell == during && !closed && !connection.isGone() && left > 0) {
        changed.awaitNanos(left);
        left = deadline - System.nanoTime();
      }
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    } finally {
      lock.unlock();
    }
    if (closed || connection.isGone()) {
      throw new IOException("closed");
    }
  }

  /** Lets those that wait see that a connection is gone. */
  void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    return "FaultProxy[" + host() + ":" + port + " to " + server + ", " + spell.fault + "]";
  }
}
