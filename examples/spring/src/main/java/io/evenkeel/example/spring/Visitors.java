package io.evenkeel.example.spring;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Ask for a cart at a constant rate, until they are closed. */
final class Visitors implements AutoCloseable {
  private static final int THREADS = 8;

  private final AtomicLong number = new AtomicLong();
  private final AtomicLong served = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final HttpClient client = HttpClient.newHttpClient();
  private final String shop;
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(THREADS);

  Visitors(String shop, int perSecond) {
    this.shop = shop;
    long period = TimeUnit.SECONDS.toNanos(THREADS) / perSecond;
    for (int i = 0; i < THREADS; i++) {
      var unused =
          threads.scheduleAtFixedRate(
              this::visit, i * period / THREADS, period, TimeUnit.NANOSECONDS);
    }
  }

  private void visit() {
    URI cart = URI.create(shop + "/cart/" + number.incrementAndGet());
    HttpRequest request = HttpRequest.newBuilder(cart).timeout(Duration.ofSeconds(20)).build();
    try {
      int status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      (status == 200 ? served : failed).incrementAndGet();
    } catch (IOException e) {
      failed.incrementAndGet();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  long served() {
    return served.get();
  }

  long failed() {
    return failed.get();
  }

  /** Waits for those that are being served, unless it is interrupted. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("visitors: there after 30 s (expected: at most 20 s)");
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
