package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Threads that call a service until this is closed. */
final class Load implements AutoCloseable {
  private volatile boolean over;

  Load(Failover failover, int count, long pauseMillis) {
    for (int i = 0; i < count; i++) {
      Thread thread =
          new Thread(
              () -> {
                while (!over) {
                  call(failover);
                  LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pauseMillis));
                }
              });
      thread.setDaemon(true);
      thread.start();
    }
  }

  private static void call(Failover failover) {
    try {
      var unused =
          failover.call(
              CallContext.idempotent(), endpoint -> get("http://" + endpoint.authority() + "/"));
    } catch (FailoverException e) {
      // It is about what the page shows of that.
    }
  }

  private static int get(String url) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setConnectTimeout(2000);
    connection.setReadTimeout(2000);
    int status = connection.getResponseCode();
    if (status >= 500) {
      throw new IOException("status " + status);
    }
    connection.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
    return status;
  }

  @Override
  public void close() {
    over = true;
  }
}
