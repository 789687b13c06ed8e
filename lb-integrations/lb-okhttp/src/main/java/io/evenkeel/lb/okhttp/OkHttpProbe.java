package io.evenkeel.lb.okhttp;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Probe;
import io.evenkeel.lb.report.LoadHeaders;
import java.io.IOException;
import java.net.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.CookieJar;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Asks an endpoint for its load by a small HTTP request, and reads the answer from the headers that
 * {@link LoadHeaders} knows. Immutable and thread-safe.
 *
 * <p>Each probe goes to the endpoint's own address and says so in {@code Host}; over TLS if the
 * endpoint is {@linkplain Endpoint#secure() secure}, and then the certificate must have the
 * endpoint's host. It goes past every balancer, so it counts nowhere, and past the client's
 * interceptors, cookies, cache and proxy; redirects are not followed, and nothing is sent again.
 *
 * <p>The probe of an endpoint that answers with a status other than 2xx, without a report that can
 * be read, too late or not at all completes exceptionally, with an {@link IOException}.
 */
public final class OkHttpProbe implements Probe {
  private final OkHttpClient client;
  private final String path;
  private final String method;

  private OkHttpProbe(Builder builder) {
    OkHttpClient.Builder own =
        builder
            .client
            .newBuilder()
            .callTimeout(builder.timeout)
            .followRedirects(false)
            .followSslRedirects(false)
            .retryOnConnectionFailure(false)
            .cookieJar(CookieJar.NO_COOKIES)
            .cache(null)
            .proxy(Proxy.NO_PROXY);
    own.interceptors().clear();
    own.networkInterceptors().clear();
    own.addInterceptor(OkHttpProbe::toPermitted);
    this.client = own.build();
    this.path = builder.path;
    this.method = builder.method;
  }

  /**
   * GET {@code /load}, within 250 milliseconds.
   *
   * @param client whose connections, TLS settings, Dns and dispatcher are used. Its dispatcher
   *     should allow as many requests as there are probes: {@link BalancerInterceptor#install} sets
   *     one that does
   */
  public static OkHttpProbe of(OkHttpClient client) {
    return builder(client).build();
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
  public CompletionStage<LoadReport> probe(Endpoint endpoint) {
    return probe(endpoint, AddressPolicy.ANY);
  }

  @Override
  public CompletionStage<LoadReport> probe(Endpoint endpoint, AddressPolicy addresses) {
    CompletableFuture<LoadReport> answer = new CompletableFuture<>();
    try {
      HttpUrl url =
          new HttpUrl.Builder()
              .scheme(endpoint.secure() ? "https" : "http")
              .host(endpoint.host())
              .port(endpoint.port())
              .build()
              .resolve(path);
      Request request =
          new Request.Builder()
              .url(requireNonNull(url))
              .method(method, null)
              .tag(AddressPolicy.class, addresses)
              .build();
      client.newCall(request).enqueue(new Answer(answer));
    } catch (RuntimeException e) {
      answer.completeExceptionally(new IOException("probe of " + endpoint + " was not sent", e));
    }
    return answer;
  }

  /** A name may resolve to what its source does not permit. */
  private static Response toPermitted(Interceptor.Chain chain) throws IOException {
    Request request = chain.request();
    String host = request.url().host();
    AddressPolicy addresses = requireNonNull(request.tag(AddressPolicy.class));
    return chain.withDns(new PinnedDns(host, host, chain.getDns(), 0, addresses)).proceed(request);
  }

  @Override
  public String toString() {
    return "OkHttpProbe["
        + method
        + " "
        + path
        + ", timeout="
        + Duration.ofMillis(client.callTimeoutMillis())
        + "]";
  }

  /** The body is closed unread: what counts is in the headers, so no body can be too long. */
  private record Answer(CompletableFuture<LoadReport> answer) implements Callback {
    @Override
    public void onFailure(Call call, IOException e) {
      answer.completeExceptionally(e);
    }

    @Override
    public void onResponse(Call call, Response response) {
      LoadReport report = null;
      StringBuilder problem = new StringBuilder("no report");
      try (response) {
        if (response.isSuccessful()) {
          report = LoadHeaders.read(response::header, each -> problem.append(": ").append(each));
        } else {
          problem.append(": status ").append(response.code());
        }
      } catch (RuntimeException e) {
        // OkHttp would let it end the dispatcher's thread, and nobody would hear of the probe.
        answer.completeExceptionally(e);
      }
      if (report == null) {
        answer.completeExceptionally(
            new IOException("probe of " + call.request().url() + ": " + problem));
      } else {
        answer.complete(report);
      }
    }
  }

  /** Builds an {@link OkHttpProbe}. Not thread-safe. */
  public static final class Builder {
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofMinutes(1);

    private final OkHttpClient client;
    private String path = "/load";
    private String method = "GET";
    private Duration timeout = Duration.ofMillis(250);

    private Builder(OkHttpClient client) {
      this.client = requireNonNull(client, "client");
    }

    /**
     * What to ask for, with a query if there is one. By default {@code /load}.
     *
     * @throws IllegalArgumentException unless it begins with one slash and can be part of a URL
     */
    public Builder path(String path) {
      this.path = checkedPath(path);
      return this;
    }

    static String checkedPath(String path) {
      HttpUrl base = HttpUrl.get("http://endpoint:1/");
      HttpUrl url = base.resolve(path);
      if (!path.startsWith("/") || url == null || !url.host().equals(base.host())) {
        throw new IllegalArgumentException(
            "path: \"" + path + "\" (expected: a path that begins with one /)");
      }
      return path;
    }

    /** Asks by HEAD, so that no body is sent. By default by GET. */
    public Builder head() {
      this.method = "HEAD";
      return this;
    }

    /**
     * For how long to wait for the answer, connecting included. By default 250 milliseconds.
     *
     * @throws IllegalArgumentException unless it is from 1 millisecond to 1 minute
     */
    public Builder timeout(Duration timeout) {
      if (timeout.compareTo(SHORTEST) < 0 || timeout.compareTo(LONGEST) > 0) {
        throw new IllegalArgumentException(
            "timeout: " + timeout + " (expected: " + SHORTEST + ".." + LONGEST + ")");
      }
      this.timeout = timeout;
      return this;
    }

    /** The probe. */
    public OkHttpProbe build() {
      return new OkHttpProbe(this);
    }
  }
}
