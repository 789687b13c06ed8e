package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.failover.gate.AdaptiveLimits;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** Five servers that do two requests each at a time, and get more than that. */
final class Overload {
  private static final int IDLE_CONNECTIONS = 256;

  private Overload() {}

  /** With limits that find themselves, and the same without. */
  static Verdict.Figures run(Pace pace) throws InterruptedException {
    Verdict.Figures figures = run(pace, new HealthPolicy[] {AdaptiveLimits.ofDefaults()});
    return figures.beside("without limits", run(pace, new HealthPolicy[0]));
  }

  private static Verdict.Figures run(Pace pace, HealthPolicy[] limits) throws InterruptedException {
    List<ServerProcess> servers =
        FaultRig.usual().concurrencyLimit(Surge.WORKERS).start(Faults.SERVERS);
    try (FaultRig rig = FaultRig.cold(pace, servers, limits);
        Retrying client = rig.retrying()) {
      return Surge.run(Surge.Phases.of(pace), capacity(servers), client::get);
    }
  }

  private static double capacity(List<ServerProcess> servers) throws InterruptedException {
    ConnectionPool pool = new ConnectionPool(IDLE_CONNECTIONS, 1, TimeUnit.MINUTES);
    OkHttpClient client = new OkHttpClient.Builder().connectionPool(pool).build();
    try {
      return Surge.capacity(servers.size(), server -> call(client, servers.get(server)));
    } finally {
      pool.evictAll();
    }
  }

  private static void call(OkHttpClient client, ServerProcess server) {
    Request request =
        new Request.Builder().url("http://" + server.host() + ":" + server.port() + "/").build();
    try (Response response = client.newCall(request).execute()) {
      byte[] unused = response.body().bytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
