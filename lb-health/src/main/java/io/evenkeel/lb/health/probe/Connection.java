package io.evenkeel.lb.health.probe;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.health.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A connection for one question. One daemon thread serves all of them; names are looked up by the
 * shared scheduler's workers. When there is an answer or the time limit has passed, whichever is
 * first, the socket is closed, and then the answer is given.
 *
 * <p>The workers serve others, too, and may all be busy: a look-up that does not begin in time says
 * nothing of the endpoint. What waits for them stays in their queue even when it has ended, so only
 * so many may wait.
 */
final class Connection {
  private static final int MOST_WAITING = 1024;
  private static final Semaphore WAITING = new Semaphore(MOST_WAITING);

  private final CompletableFuture<Verdict> answer = new CompletableFuture<>();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final int port;
  private final AddressPolicy permitted;
  private final Consumer<Connection> talk;
  private volatile boolean begun;
  private volatile @Nullable AsynchronousSocketChannel channel;
  private volatile Scheduler.@Nullable Scheduled timer;

  private Connection(int port, AddressPolicy permitted, Consumer<Connection> talk) {
    this.port = port;
    this.permitted = permitted;
    this.talk = talk;
  }

  /**
   * Connects to a port of the endpoint's host.
   *
   * @param addresses of the host that may be connected to
   * @param talk goes on once it is connected
   */
  static CompletionStage<Verdict> open(
      Endpoint endpoint,
      int port,
      AddressPolicy addresses,
      Duration limit,
      Consumer<Connection> talk) {
    Connection connection = new Connection(port, addresses, talk);
    connection.timer =
        Scheduler.shared().schedule(() -> connection.limitPassed(limit), limit.toNanos());
    String host = endpoint.host();
    if (AddressPolicy.isName(host)) {
      connection.resolveInTurn(host);
    } else {
      connection.resolve(host);
    }
    return connection.answer;
  }

  private void limitPassed(Duration limit) {
    fail(
        begun
            ? new IOException("no answer within " + limit)
            : new RejectedExecutionException("no thread was free within " + limit));
  }

  private void resolveInTurn(String host) {
    if (!WAITING.tryAcquire()) {
      fail(new RejectedExecutionException(MOST_WAITING + " look-ups wait for a thread"));
      return;
    }
    try {
      Scheduler.shared()
          .execute(
              () -> {
                WAITING.release();
                resolve(host);
              });
    } catch (Throwable t) {
      WAITING.release();
      fail(new RejectedExecutionException("no thread: " + t.getMessage(), t));
    }
  }

  private void resolve(String host) {
    if (ended.get()) {
      return;
    }
    begun = true;
    try {
      InetAddress[] found = InetAddress.getAllByName(host);
      InetAddress[] left = Stream.of(found).filter(permitted::permits).toArray(InetAddress[]::new);
      if (left.length == 0) {
        fail(
            new IOException(
                "AddressPolicy." + permitted + " refuses " + host + " at " + List.of(found)));
        return;
      }
      connect(left, 0);
    } catch (UnknownHostException e) {
      fail(new IOException("unknown host " + host, e));
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void connect(InetAddress[] addresses, int index) {
    AsynchronousSocketChannel opened;
    try {
      opened = AsynchronousSocketChannel.open(ProbeGroup.SHARED.get());
    } catch (IOException e) {
      fail(new RejectedExecutionException("no socket: " + e.getMessage(), e));
      return;
    }
    channel = opened;
    if (ended.get()) {
      close(opened);
      return;
    }
    opened.connect(
        new InetSocketAddress(addresses[index], port),
        null,
        new Next<Void>() {
          @Override
          public void completed(Void nothing, @Nullable Void attachment) {
            guarded(() -> connected(opened));
          }

          @Override
          public void failed(Throwable thrown, @Nullable Void attachment) {
            close(opened);
            if (index + 1 < addresses.length && !ended.get()) {
              guarded(() -> connect(addresses, index + 1));
            } else {
              fail(thrown);
            }
          }
        });
  }

  /** On loopback a socket can meet itself, if it is given the port that it is to connect to. */
  private void connected(AsynchronousSocketChannel opened) {
    try {
      if (opened.getLocalAddress().equals(opened.getRemoteAddress())) {
        fail(new IOException("connected to itself"));
        return;
      }
    } catch (IOException e) {
      fail(e);
      return;
    }
    talk.accept(this);
  }

  /** Sends all bytes, and goes on then. */
  void write(ByteBuffer bytes, Runnable then) {
    AsynchronousSocketChannel open = channel;
    if (open == null || !bytes.hasRemaining()) {
      then.run();
      return;
    }
    open.write(
        bytes,
        null,
        new Next<Integer>() {
          @Override
          public void completed(Integer count, @Nullable Void attachment) {
            guarded(() -> write(bytes, then));
          }
        });
  }

  /**
   * Reads some bytes, and goes on then.
   *
   * @param then is told how many there were; less than 0 for the end
   */
  void read(ByteBuffer bytes, Consumer<Integer> then) {
    AsynchronousSocketChannel open = channel;
    if (open == null) {
      return;
    }
    open.read(
        bytes,
        null,
        new Next<Integer>() {
          @Override
          public void completed(Integer count, @Nullable Void attachment) {
            guarded(() -> then.accept(count));
          }
        });
  }

  /** Ends the conversation with an answer, unless it has ended. */
  void finish(Verdict verdict) {
    if (end()) {
      answer.complete(verdict);
    }
  }

  /** Ends the conversation without an answer, unless it has ended. */
  void fail(Throwable thrown) {
    if (end()) {
      answer.completeExceptionally(thrown);
    }
  }

  private boolean end() {
    if (!ended.compareAndSet(false, true)) {
      return false;
    }
    Scheduler.Scheduled scheduled = timer;
    if (scheduled != null) {
      scheduled.cancel();
    }
    AsynchronousSocketChannel open = channel;
    if (open != null) {
      close(open);
    }
    return true;
  }

  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private static void close(AsynchronousSocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // The descriptor is gone all the same, and what the peer thinks of that is not asked.
    }
  }

  /** What comes next; if that fails, there is no answer. */
  private abstract class Next<T> implements CompletionHandler<T, @Nullable Void> {
    @Override
    public void failed(Throwable thrown, @Nullable Void attachment) {
      fail(thrown);
    }
  }
}
