package io.evenkeel.lb.okhttp;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.Verdict;
import io.evenkeel.lb.health.probe.HealthProbe;
import java.io.IOException;
import java.net.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import okhttp3.Authenticator;
import okhttp3.ConnectionPool;
import okhttp3.CookieJar;
import okhttp3.Dispatcher;
import okhttp3.EventListener;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Asks an endpoint by HTTP whether it is fit. Immutable and thread-safe. Needs {@code lb-health}.
 *
 * <pre>{@code
 * HealthCheck check =
 *     ActiveProbe.of(
 *         OkHttpHealthProbe.builder(client)
 *             .name("orders.example")
 *             .path("/health")
 *             .identity("X-Service", "orders")
 *             .build());
 * }</pre>
 *
 * <p>A probe goes to the endpoint's address, over TLS if the endpoint is {@linkplain
 * Endpoint#secure() secure}. With a {@linkplain Builder#name name}, {@code Host}, SNI and the name
 * that the certificate must have are that, as for requests through {@link BalancerInterceptor};
 * without, they are the endpoint's own. TLS settings, Dns and protocols are the client's. Its
 * interceptors, listeners, cookies, cache, authenticators and proxy are not used, and redirects are
 * not followed, so that a probe shows one endpoint and carries nothing that was not set here.
 *
 * <p>Up is an expected status, from the expected service, with a body that matches and ends within
 * the time limit. At most 64 KiB of a body are looked at, decompressed; the rest is not waited for.
 *
 * <p>An address may have been given to another service. That is told by the certificate, and by an
 * {@link Builder#identity identity} where one is set; the verdict then says so.
 *
 * <p>Probes have connections of their own, which they keep for a minute, and threads of their own:
 * as many as there are probes under way, and never more than {@link Builder#concurrency} for all
 * endpoints. A probe that gets no thread within its time limit does not count against its endpoint.
 */
public final class OkHttpHealthProbe implements HealthProbe {
  /**
   * How many connection pools there are. OkHttp looks at all connections of a pool for each call,
   * which would be a thousand for a thousand endpoints.
   */
  private static final int POOLS = 64;

  private static final int MAX_IDLE_CONNECTIONS = 64;
  private static final int KEEP_ALIVE_SECONDS = 60;
  private static final int THREAD_IDLE_SECONDS = 5;

  private final OkHttpClient[] clients = new OkHttpClient[POOLS];
  private final Request template;
  private final @Nullable String name;
  private final HealthExpectation expected;

  private OkHttpHealthProbe(Builder builder) {
    Dispatcher dispatcher = new Dispatcher(threads());
    dispatcher.setMaxRequests(builder.concurrency);
    dispatcher.setMaxRequestsPerHost(builder.concurrency);
    OkHttpClient.Builder own =
        builder
            .client
            .newBuilder()
            .dispatcher(dispatcher)
            .callTimeout(Duration.ZERO)
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
    own.addInterceptor(OkHttpHealthProbe::toEndpoint);
    own.addNetworkInterceptor(OkHttpHealthProbe::once);
    for (int i = 0; i < POOLS; i++) {
      own.connectionPool(
          new ConnectionPool(MAX_IDLE_CONNECTIONS, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS));
      clients[i] = own.build();
    }
    this.template =
        new Request.Builder()
            .url(requireNonNull(HttpUrl.get("http://endpoint/").resolve(builder.path)))
            .headers(builder.headers.build())
            .method(builder.method, null)
            .build();
    this.name = builder.name;
    this.expected =
        new HealthExpectation(
            builder.firstStatus,
            builder.lastStatus,
            builder.identityHeader,
            builder.identity,
            builder.identityBody,
            builder.body);
  }

  /** The dispatcher is what limits them. */
  private static ThreadPoolExecutor threads() {
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
   * GET of a path, for any status of 200..299.
   *
   * @param client whose TLS settings, Dns and protocols are used
   * @throws IllegalArgumentException as {@link Builder#path} does
   */
  public static OkHttpHealthProbe of(OkHttpClient client, String path) {
    return builder(client).path(path).build();
  }

  /**
   * Begins a probe with other settings.
   *
   * @param client as for {@link #of}
   */
  public static Builder builder(OkHttpClient client) {
    return new Builder(client);
  }

  @Override
  public CompletionStage<Verdict> probe(Endpoint endpoint, Duration limit) {
    try {
      HttpUrl.Builder url =
          template
              .url()
              .newBuilder()
              .scheme(endpoint.secure() ? "https" : "http")
              .host(name == null ? endpoint.host() : name);
      if (name == null) {
        url.port(endpoint.port());
      }
      HealthCall call = new HealthCall(endpoint, expected, limit);
      Request request = template.newBuilder().url(url.build()).tag(HealthCall.class, call).build();
      return call.send(client(endpoint).newCall(request));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(
          new IOException("no request could be made for " + endpoint.authority(), e));
    }
  }

  private OkHttpClient client(Endpoint endpoint) {
    int hash = endpoint.hashCode();
    return clients[(hash ^ hash >>> 16) & POOLS - 1];
  }

  /** Leads to the endpoint as a balanced request is led. */
  private static Response toEndpoint(Interceptor.Chain chain) throws IOException {
    HealthCall call = chain.request().tag(HealthCall.class);
    if (call == null) {
      throw new IOException("not a health probe");
    }
    call.begun();
    Attempt attempt = Attempt.at(call.endpoint(), chain.request(), null, false);
    String host = attempt.request().url().host();
    return chain
        .withDns(new PinnedDns(host, call.endpoint().host(), chain.getDns()))
        .proceed(attempt.request());
  }

  /** OkHttp would repeat a 503 with 0 in this header, and with 10^18 end the thread. */
  private static Response once(Interceptor.Chain chain) throws IOException {
    Response response = chain.proceed(chain.request());
    return response.header("Retry-After") == null
        ? response
        : response.newBuilder().removeHeader("Retry-After").build();
  }

  @Override
  public String toString() {
    return "OkHttpHealthProbe["
        + template.method()
        + " "
        + template.url().encodedPath()
        + (name == null ? "" : ", name=" + name)
        + ", "
        + expected
        + "]";
  }

  /** Builds health probes. Not thread-safe. */
  public static final class Builder {
    private final OkHttpClient client;
    private final Headers.Builder headers = new Headers.Builder();
    private String path = "/";
    private String method = "GET";
    private int concurrency = 64;
    private int firstStatus = 200;
    private int lastStatus = 299;
    private @Nullable String name;
    private @Nullable String identityHeader;
    private @Nullable Function<Endpoint, String> identity;
    private @Nullable String identityBody;
    private @Nullable Predicate<String> body;

    private Builder(OkHttpClient client) {
      this.client = requireNonNull(client, "client");
    }

    /**
     * The name of the service, which is also the name that certificates must have. By default each
     * endpoint's own host.
     *
     * @throws IllegalArgumentException if it cannot be a host
     */
    public Builder name(String name) {
      String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
      try {
        this.name = new HttpUrl.Builder().scheme("http").host(bare).build().host();
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "name: \"" + name + "\" (expected: a name that can be a host)", e);
      }
      return this;
    }

    /**
     * What to ask for, with a query if there is one. By default {@code /}.
     *
     * @throws IllegalArgumentException unless it begins with one slash and can be part of a URL
     */
    public Builder path(String path) {
      this.path = OkHttpProbe.Builder.checkedPath(path);
      return this;
    }

    /** Asks by HEAD, so that no body is sent. By default by GET. */
    public Builder head() {
      this.method = "HEAD";
      return this;
    }

    /**
     * Adds a header to the request.
     *
     * @throws IllegalArgumentException if name or value have characters that no header has
     */
    public Builder header(String name, String value) {
      headers.add(name, value);
      return this;
    }

    /**
     * Which statuses mean up. By default 200..299.
     *
     * @throws IllegalArgumentException unless {@code 100 <= first <= last <= 599}
     */
    public Builder statuses(int first, int last) {
      if (first < 100 || last > 599 || first > last) {
        throw new IllegalArgumentException(
            "statuses: " + first + ".." + last + " (expected: a range within 100..599)");
      }
      this.firstStatus = first;
      this.lastStatus = last;
      return this;
    }

    /** Up only if the body contains this text; at most its first 64 KiB are looked at. */
    public Builder body(String part) {
      requireNonNull(part, "part");
      return body(text -> text.contains(part));
    }

    /**
     * Up only if the body, or its first 64 KiB, is like this. Called by threads of the probe; if it
     * throws, the probe has failed.
     */
    public Builder body(Predicate<String> matcher) {
      this.body = requireNonNull(matcher, "matcher");
      return this;
    }

    /**
     * A header of the response that tells the service from others, with the same value for all
     * endpoints.
     */
    public Builder identity(String header, String value) {
      requireNonNull(value, "value");
      return identity(header, endpoint -> value);
    }

    /**
     * A header of the response that tells the endpoint from others, such as {@code
     * identity("X-Instance", Endpoint::id)}.
     */
    public Builder identity(String header, Function<Endpoint, String> value) {
      this.identityHeader = requireNonNull(header, "header");
      this.identity = requireNonNull(value, "value");
      return this;
    }

    /** A text that the body of this service has within its first 64 KiB, and no other has. */
    public Builder identityInBody(String part) {
      this.identityBody = requireNonNull(part, "part");
      return this;
    }

    /**
     * How many probes may be under way at once, which is how many threads there are at most. By
     * default 64.
     *
     * @throws IllegalArgumentException unless it is from 1 to 1024
     */
    public Builder concurrency(int probes) {
      if (probes < 1 || probes > 1024) {
        throw new IllegalArgumentException("concurrency: " + probes + " (expected: 1..1024)");
      }
      this.concurrency = probes;
      return this;
    }

    /** The probe. It has no threads until it is used. */
    public OkHttpHealthProbe build() {
      return new OkHttpHealthProbe(this);
    }
  }
}
