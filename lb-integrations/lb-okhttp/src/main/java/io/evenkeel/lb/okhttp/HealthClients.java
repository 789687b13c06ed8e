package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Endpoint;
import java.io.IOException;
import java.net.Proxy;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import okhttp3.Authenticator;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.ConnectionPool;
import okhttp3.CookieJar;
import okhttp3.Dispatcher;
import okhttp3.EventListener;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * What a health probe asks with: the application's client without what is the application's own,
 * with connections and threads of the probe's.
 *
 * <p>OkHttp looks at all connections of a pool for each call, and for each connection that becomes
 * idle: with one pool a round of a thousand endpoints would be a million looks. So there are 64
 * pools, which share an endpoint's calls by its hash, as 64 clients that differ in nothing else.
 * They share their threads, too, of which there are as many as calls under way.
 *
 * <p>Thread-safe. Once it is closed, all calls fail, and none of that shows anything of an
 * endpoint.
 */
final class HealthClients implements AutoCloseable {
  private static final int POOLS = 64;
  private static final int MAX_IDLE_CONNECTIONS = 64;
  private static final int KEEP_ALIVE_SECONDS = 60;
  private static final int THREAD_IDLE_SECONDS = 5;

  private final OkHttpClient[] clients = new OkHttpClient[POOLS];
  private final ExecutorService threads = threads();
  private final Dispatcher dispatcher = new Dispatcher(threads);
  private volatile boolean closed;

  /**
   * @param concurrency how many calls may be under way at once; others wait
   */
  HealthClients(OkHttpClient client, int concurrency) {
    dispatcher.setMaxRequests(concurrency);
    dispatcher.setMaxRequestsPerHost(concurrency);
    OkHttpClient.Builder own =
        client
            .newBuilder()
            .dispatcher(dispatcher)
            // The probe has one limit for all of it, which cancels the call. OkHttp's own would
            // have its watchdog told of each read and write.
            .callTimeout(Duration.ZERO)
            .readTimeout(Duration.ZERO)
            .writeTimeout(Duration.ZERO)
            .followRedirects(false)
            .followSslRedirects(false)
            // A kept connection that the server has closed meanwhile is no sign of illness.
            .retryOnConnectionFailure(true)
            .cookieJar(CookieJar.NO_COOKIES)
            .cache(null)
            .proxy(Proxy.NO_PROXY)
            .authenticator(Authenticator.NONE)
            .eventListener(EventListener.NONE);
    own.interceptors().clear();
    own.networkInterceptors().clear();
    own.addInterceptor(HealthClients::toEndpoint);
    own.addNetworkInterceptor(HealthClients::once);
    for (int i = 0; i < POOLS; i++) {
      own.connectionPool(
          new ConnectionPool(MAX_IDLE_CONNECTIONS, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS));
      clients[i] = own.build();
    }
  }

  /** The dispatcher is what limits them. */
  private static ExecutorService threads() {
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        THREAD_IDLE_SECONDS,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        task -> {
          Thread thread = new Thread(task, "evenkeel-http-probe");
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * A call that leads to the endpoint.
   *
   * @param request tagged with its {@link HealthCall}
   */
  Call call(Endpoint endpoint, Request request) {
    return client(endpoint).newCall(request);
  }

  private OkHttpClient client(Endpoint endpoint) {
    int hash = endpoint.hashCode();
    return clients[(hash ^ hash >>> 16) & POOLS - 1];
  }

  /** Leads to the endpoint as a balanced request is led. */
  private static Response toEndpoint(Interceptor.Chain chain) throws IOException {
    HealthCall call = call(chain);
    call.begun();
    Attempt attempt =
        Attempt.at(call.endpoint(), 0, call.addresses(), chain.request(), null, false);
    return chain.withDns(attempt.dns(chain.getDns())).proceed(attempt.request());
  }

  private static HealthCall call(Interceptor.Chain chain) throws IOException {
    HealthCall call = chain.request().tag(HealthCall.class);
    if (call == null) {
      throw new IOException("not a health probe");
    }
    return call;
  }

  /** OkHttp would repeat a 503 with 0 in this header, and with 10^18 end the thread. */
  private static Response once(Interceptor.Chain chain) throws IOException {
    Connection connection = chain.connection();
    if (connection != null) {
      call(chain).over(connection.protocol());
    }
    Response response = chain.proceed(chain.request());
    return response.header("Retry-After") == null
        ? response
        : response.newBuilder().removeHeader("Retry-After").build();
  }

  /** How calls fail that are not made: nothing that this meets once closed shows an endpoint. */
  static RejectedExecutionException refusal() {
    return new RejectedExecutionException("probe: closed (expected: not closed)");
  }

  boolean isClosed() {
    return closed;
  }

  /** Ends calls, threads and connections. May be called again. */
  @Override
  public void close() {
    closed = true;
    // In this order no call begins after those that are cancelled, and none leaves a connection.
    threads.shutdown();
    dispatcher.cancelAll();
    evictAll();
  }

  /**
   * A call has ended. If it was at its end already when it was cancelled, it kept a connection.
   *
   * @param dead whether its connection may be; then it is closed, with what else is idle beside it
   */
  void ended(Endpoint endpoint, boolean dead) {
    if (closed) {
      evictAll();
    } else if (dead) {
      client(endpoint).connectionPool().evictAll();
    }
  }

  private void evictAll() {
    for (OkHttpClient client : clients) {
      client.connectionPool().evictAll();
    }
  }
}
