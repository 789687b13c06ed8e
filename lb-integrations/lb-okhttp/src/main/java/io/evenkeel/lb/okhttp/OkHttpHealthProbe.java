package io.evenkeel.lb.okhttp;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.Verdict;
import io.evenkeel.lb.health.probe.HealthProbe;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Predicate;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
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
 * Whoever makes a probe {@linkplain #close closes} it.
 */
public final class OkHttpHealthProbe implements HealthProbe, AutoCloseable {
  private final HealthClients clients;
  private final Request template;
  private final @Nullable String name;
  private final HealthExpectation expected;

  private OkHttpHealthProbe(Builder builder) {
    this.clients = new HealthClients(builder.client, builder.concurrency);
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
    return probe(endpoint, AddressPolicy.ANY, limit);
  }

  @Override
  public CompletionStage<Verdict> probe(
      Endpoint endpoint, AddressPolicy addresses, Duration limit) {
    if (clients.isClosed()) {
      return CompletableFuture.failedFuture(HealthClients.refusal());
    }
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
      HealthCall call = new HealthCall(endpoint, addresses, expected, limit, clients);
      Request request = template.newBuilder().url(url.build()).tag(HealthCall.class, call).build();
      return call.send(clients.call(endpoint, request));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(
          new IOException("no request could be made for " + endpoint.authority(), e));
    }
  }

  /**
   * Ends the probe's threads and connections at once, and with them the probes that are under way.
   * These and all later ones fail with a {@link RejectedExecutionException}, which is no verdict on
   * their endpoints; unless it goes on, since then nobody would see that one is down. So whoever
   * made the probe closes it, and that after the balancers that use it: a health policy does not,
   * since others may share its probe. One that is not closed keeps no connection longer than a
   * minute after its last use, and no thread. May be called again.
   */
  @Override
  public void close() {
    clients.close();
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
