package io.evenkeel.lb.benchmark.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.ConnectionPool;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** The requests of one way to choose, to servers of its own. */
final class SocketRun implements AutoCloseable {
  private static final long SEED = 20_261_121;
  private static final int MAX_REQUESTS = 10_000;
  private static final Duration LIMIT = Duration.ofSeconds(5);

  /** What is sent before for a share of the time, unmeasured, and for at least a second. */
  private static final double WARM_UP = 0.2;

  private final PeerPolicy policy;
  private final double seconds;
  private final double perSecond;
  private final Process process;
  private final List<Request> requests;
  private final Chooser chooser;
  private final OkHttpClient client;

  private final ConcurrentHistogram micros = new ConcurrentHistogram(3);
  private final Histogram late = new Histogram(3);
  private final LongAdder errors = new LongAdder();

  private SocketRun(PeerPolicy policy, double seconds, double perSecond, Process process)
      throws IOException {
    this.policy = policy;
    this.seconds = seconds;
    this.perSecond = perSecond;
    this.process = process;
    requests =
        SocketServers.ports(firstLine(process)).stream()
            .map(port -> new Request.Builder().url("http://127.0.0.1:" + port + "/").build())
            .toList();
    int[] weights =
        policy.trait() == PeerPolicy.Trait.WEIGHTED_ORDER
            ? SocketServers.SPEEDS.stream().mapToInt(speed -> speed).toArray()
            : filled(requests.size());
    chooser = policy.chooser(requests.size(), weights);
    Dispatcher dispatcher = new Dispatcher();
    dispatcher.setMaxRequests(MAX_REQUESTS);
    dispatcher.setMaxRequestsPerHost(MAX_REQUESTS);
    client =
        new OkHttpClient.Builder()
            .dispatcher(dispatcher)
            .connectionPool(new ConnectionPool(1024, 1, TimeUnit.MINUTES))
            .callTimeout(LIMIT)
            .build();
  }

  static SocketRun start(PeerPolicy policy, double seconds, double perSecond) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                SocketServers.class.getName(),
                Long.toString(SEED))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      return new SocketRun(policy, seconds, perSecond, process);
    } catch (IOException | RuntimeException e) {
      process.destroy();
      throw e;
    }
  }

  /** Sends all requests when they are due, and waits for their ends. */
  SocketRow measure() throws InterruptedException {
    SplittableRandom random = new SplittableRandom(SEED);
    Phaser open = new Phaser(1);
    long sent = 0;
    long start = System.nanoTime();
    double warm = Math.max(1, seconds * WARM_UP) * 1e9;
    double all = warm + seconds * 1e9;
    for (long due = 0; due < all; due += Exponential.next(random, 1e9 / perSecond)) {
      for (long early = start + due - System.nanoTime();
          early > 0;
          early = start + due - System.nanoTime()) {
        LockSupport.parkNanos(early);
      }
      boolean measured = due >= warm;
      if (measured) {
        sent++;
        late.recordValue(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start - due));
      }
      open.register();
      send(random.nextLong(), start + due, measured, open);
    }
    awaitAll(open);
    return new SocketRow(
        policy,
        sent,
        micros.getTotalCount(),
        errors.sum(),
        (sent - errors.sum()) / seconds,
        micros.getMean() / 1e3,
        micros.getValueAtPercentile(50) / 1e3,
        micros.getValueAtPercentile(99) / 1e3,
        micros.getValueAtPercentile(99.9) / 1e3,
        late.getValueAtPercentile(99) / 1e3);
  }

  @Override
  public void close() {
    chooser.close();
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
    process.destroy();
    process.onExit().join();
  }

  private void send(long key, long due, boolean measured, Phaser open) {
    int index = chooser.choose(key);
    chooser.begun(index);
    long begun = System.nanoTime();
    client
        .newCall(requests.get(index))
        .enqueue(
            new Callback() {
              @Override
              public void onFailure(Call call, IOException e) {
                end(true);
              }

              @Override
              public void onResponse(Call call, Response response) {
                boolean failed;
                try (response) {
                  failed = response.body().bytes().length == 0 || !response.isSuccessful();
                } catch (IOException e) {
                  failed = true;
                }
                end(failed);
              }

              private void end(boolean failed) {
                long now = System.nanoTime();
                chooser.ended(index, now - begun, failed);
                if (measured) {
                  micros.recordValue(TimeUnit.NANOSECONDS.toMicros(now - due));
                  if (failed) {
                    errors.increment();
                  }
                }
                open.arriveAndDeregister();
              }
            });
  }

  private static void awaitAll(Phaser open) throws InterruptedException {
    int phase = open.arrive();
    try {
      open.awaitAdvanceInterruptibly(phase, 2 * LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(open.getUnarrivedParties() + " requests never ended", e);
    }
  }

  private static String firstLine(Process process) throws IOException {
    // Not closed: the process would take it for an end.
    BufferedReader reader = process.inputReader();
    String line = reader.readLine();
    if (line == null) {
      throw new IOException("The servers did not start");
    }
    return line;
  }

  private static int[] filled(int length) {
    int[] ones = new int[length];
    Arrays.fill(ones, 1);
    return ones;
  }
}
