package io.evenkeel.lb.testkit.rig;

import io.evenkeel.lb.testkit.rig.FaultProxy.Spell;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One connection through a {@link FaultProxy}: a thread for each direction. */
final class ProxyConnection {
  private static final int CHUNK = 16 * 1024;
  private static final int CONNECT_MILLIS = 10_000;
  private static final int PIECES_PER_SECOND = 100;

  private final FaultProxy proxy;
  private final Socket client;
  private final Socket server = new Socket();
  private final AtomicInteger directions = new AtomicInteger(2);
  private volatile boolean gone;

  /** Whether the server was cut off, so that what the client says goes nowhere. */
  private volatile boolean truncated;

  ProxyConnection(FaultProxy proxy, Socket client) {
    this.proxy = proxy;
    this.client = client;
  }

  boolean isGone() {
    return gone;
  }

  /** Connects to the server, and passes on what the client says until it ends. */
  void run() {
    try {
      for (Spell now = proxy.spell(); isSilent(now); now = proxy.spell()) {
        proxy.awaitChange(now, FaultProxy.FOR_EVER, this);
      }
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      server.connect(proxy.server(), CONNECT_MILLIS);
    } catch (IOException e) {
      reset();
      return;
    }
    Thread unused = proxy.start("to-client", () -> pump(server, client, true));
    pump(client, server, false);
  }

  private void pump(Socket from, Socket to, boolean toClient) {
    try {
      new Direction(from.getInputStream(), to.getOutputStream(), toClient).pass();
      if (toClient || !truncated) {
        to.shutdownOutput();
      }
      if (directions.decrementAndGet() == 0) {
        close();
      }
    } catch (IOException e) {
      if (truncated) {
        // The server was cut off; the client has got its end and is to see nothing else.
        if (directions.decrementAndGet() == 0) {
          close();
        }
      } else {
        reset();
      }
    }
  }

  /** Ends both sides at once, with a reset. */
  void reset() {
    gone = true;
    for (Socket socket : new Socket[] {client, server}) {
      try {
        socket.setSoLinger(true, 0);
      } catch (IOException e) {
        // It is closed, or was never connected.
      }
    }
    close();
  }

  private void close() {
    gone = true;
    for (Socket socket : new Socket[] {client, server}) {
      try {
        socket.close();
      } catch (IOException e) {
        // It is as closed as it can be.
      }
    }
    proxy.ended(this);
    proxy.signal();
  }

  private static boolean isSilent(Spell spell) {
    return spell.fault.kind == Fault.Kind.SILENCE;
  }

  /** One direction. Only silence holds up what the client says; other faults are of answers. */
  private final class Direction {
    private final InputStream in;
    private final OutputStream out;
    private final boolean toClient;
    private final byte[] chunk = new byte[CHUNK];
    private @Nullable Spell seen;
    private long passedInSpell;

    Direction(InputStream in, OutputStream out, boolean toClient) {
      this.in = in;
      this.out = out;
      this.toClient = toClient;
    }

    /** Passes on what comes, until it ends or is cut off. */
    void pass() throws IOException {
      boolean follows = false;
      for (int size = in.read(chunk); size >= 0; size = in.read(chunk)) {
        if (!pass(size, follows)) {
          return;
        }
        follows = in.available() > 0;
      }
      for (Spell now = proxy.spell(); isSilent(now); now = proxy.spell()) {
        proxy.awaitChange(now, FaultProxy.FOR_EVER, ProxyConnection.this);
      }
    }

    /** Whether the direction goes on. */
    private boolean pass(int size, boolean follows) throws IOException {
      long arrived = System.nanoTime();
      int done = 0;
      while (done < size) {
        Spell now = proxy.spell();
        if (now != seen) {
          seen = now;
          passedInSpell = 0;
        }
        Fault fault = now.fault;
        int left = size - done;
        int piece = left;
        if (isSilent(now)) {
          proxy.awaitChange(now, FaultProxy.FOR_EVER, ProxyConnection.this);
          continue;
        }
        if (toClient) {
          switch (fault.kind) {
            case LATENCY -> {
              long wait = follows ? 0 : arrived + fault.amount - System.nanoTime();
              if (wait > 0) {
                proxy.awaitChange(now, wait, ProxyConnection.this);
                continue;
              }
            }
            case BANDWIDTH ->
                piece = (int) Math.min(left, Math.max(1, fault.amount / PIECES_PER_SECOND));
            case RESET, TRUNCATION -> piece = (int) Math.min(left, fault.amount - passedInSpell);
            default -> {}
          }
        }
        write(done, piece);
        done += piece;
        if (toClient && cutsOff(fault)) {
          return false;
        }
        if (toClient && fault.kind == Fault.Kind.BANDWIDTH) {
          long wait = TimeUnit.SECONDS.toNanos(piece) / fault.amount;
          proxy.awaitChange(now, wait, ProxyConnection.this);
        }
      }
      return true;
    }

    private void write(int from, int size) throws IOException {
      if (size > 0 && (toClient || !truncated)) {
        // Counted first: who has read the bytes is to find them counted.
        proxy.passed(toClient, size);
        passedInSpell += size;
        out.write(chunk, from, size);
      }
    }

    private boolean cutsOff(Fault fault) throws IOException {
      if (passedInSpell < fault.amount) {
        return false;
      }
      if (fault.kind == Fault.Kind.RESET) {
        throw new IOException("reset as told");
      }
      if (fault.kind == Fault.Kind.TRUNCATION) {
        truncated = true;
        server.close();
        return true;
      }
      return false;
    }
  }
}
