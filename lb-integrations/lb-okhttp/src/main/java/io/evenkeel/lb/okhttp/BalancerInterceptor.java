package io.evenkeel.lb.okhttp;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.CallObserver;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.report.LoadHeaders;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import okhttp3.ConnectionPool;
import okhttp3.Dispatcher;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of an {@link OkHttpClient} to the endpoints of balancers: a request to {@code
 * http://orders/...} goes to an endpoint of the balancer named {@code orders}. Requests to hosts
 * that no balancer claims pass through untouched. Immutable and thread-safe.
 *
 * <pre>{@code
 * OkHttpClient client =
 *     BalancerInterceptor.of(orders, payments).install(new OkHttpClient.Builder()).build();
 * Response response = client.newCall(new Request.Builder().url("http://orders/17").build()).execute();
 * }</pre>
 *
 * <h2>What stays logical</h2>
 *
 * <p>The address is the endpoint's; everything that names the service is as the caller wrote it:
 * {@code Host}, {@code :authority}, SNI, the name that the certificate must have, cookies, cache
 * entries, and the URL of {@link Response#request()}. {@code
 * response.request().tag(Endpoint.class)} says which endpoint served. Each endpoint has pooled
 * connections of its own; once a request has waited for it in vain, until a time-out, those of
 * before are not used again. An endpoint that is {@linkplain Endpoint#secure() secure} is called
 * over TLS even if the URL says {@code http}; an {@code https} URL is never sent in clear.
 *
 * <h2>How calls count</h2>
 *
 * <p>A request is in flight at its endpoint until the body of the response is closed, read to its
 * end, or fails; a body that is never closed is given up after the balancer's lease limit. What a
 * response or an exception says of the endpoint is up to {@link OutcomeClassifier}. {@code
 * Retry-After} with a failure is passed on to the node. The handshake of a web socket counts, the
 * time that it stays open does not. Reports of an endpoint's load, in the headers that {@link
 * LoadHeaders} knows, are passed on to the node as well.
 *
 * <h2>Repeats and redirects</h2>
 *
 * <p>For these hosts OkHttp's own repeats are off, because they go past the balancer and some of
 * them repeat a POST: a 408, a 503 with {@code Retry-After: 0}, and a failed connection reach the
 * caller. One repeat is left: if a pooled connection turns out to be closed before the endpoint has
 * answered, and the request is idempotent and its body can be sent again, it is sent once more, to
 * another endpoint if there is one. Redirects are followed if the client follows redirects: within
 * the service at the same endpoint, as a part of the same request; to the host of another balancer
 * at an endpoint of that one; to other hosts as OkHttp does, uncounted, but never to a link-local
 * or metadata address, nor to loopback from elsewhere. What such a host redirects to is followed by
 * OkHttp itself, beneath the interceptor: if it sends the call (back) to the host of a balancer,
 * that name is looked up like any other, and the call ends in an {@link
 * java.net.UnknownHostException}. At most 20 redirects are followed, counted anew from the first
 * other host on. A request whose body can be sent only once is not redirected where the body would
 * have to be sent again, and one with a duplex body never; the caller sees the redirect.
 *
 * <h2>Failover</h2>
 *
 * <p>Requests to the balancer of a {@link Builder#failover failover} are its calls: one deadline
 * for all attempts and the body, retries from its budget, each at another endpoint while there is
 * one. Needs the module {@code lb-failover}.
 *
 * <ul>
 *   <li>A request may be repeated if it is idempotent: GET, HEAD, OPTIONS, TRACE, PUT, DELETE,
 *       QUERY, or one with the header {@code Idempotency-Key}. What a {@link RequestContext} that
 *       the request carries as a tag says of {@link CallContext#IDEMPOTENT} comes first. Other
 *       requests are repeated only if they were surely not processed: no connection, 429, {@code
 *       REFUSED_STREAM}. A body that can be sent only once ends that from its first byte on. What
 *       could not be repeated is not sent on a pooled connection that turns out to be closed, which
 *       costs such a request a millisecond over HTTP/1.
 *   <li>{@link OutcomeClassifier} says what has failed, whatever the outcomes of the failover: by
 *       default every 5xx. Of these, what would be the same everywhere is not repeated: 501, 505,
 *       506, 508, 510 and 511. If all attempts fail, the last response is the caller's.
 *   <li>An attempt's timeouts are the client's, but no longer than the attempt may take, and {@link
 *       Builder#connectTimeout}. Once it has answered, its body may pause as long as the client's
 *       read timeout allows, and take what is left of the deadline in all; events ({@code
 *       text/event-stream}, {@code application/x-ndjson}) may go on.
 *   <li>Redirects within the service are a part of the attempt. A repeat begins before them, and
 *       there is none after a redirect of a request that is not idempotent.
 *   <li>If the failover {@linkplain io.evenkeel.lb.failover.Hedging hedges}, idempotent requests
 *       without a body are made elsewhere as well when they have no answer for a while. Each
 *       attempt is then an OkHttp call of its own, on a thread of the failover: network
 *       interceptors, event listeners and the dispatcher see attempts, and the caller's own call is
 *       over when it has a response. Application interceptors that were there before {@link
 *       #install} see one call. All interceptors, event listeners, protocols and connection specs
 *       are those of the builder that was given to {@code install}, also for clients that were made
 *       from its client. A {@code callTimeout} cancels them, which says nothing of endpoints.
 *   <li>Where there is no response to return, the call ends in a {@link FailoverIOException} that
 *       lists the attempts. What is the client's own (a cancelled call, a {@code callTimeout}, a
 *       body that cannot be read) ends the call as it does without a failover. The {@code
 *       callTimeout} of a client should be longer than the deadline.
 * </ul>
 *
 * <h2>Duplex bodies</h2>
 *
 * <p>A request with a {@linkplain okhttp3.RequestBody#isDuplex duplex} body is in flight until both
 * sides are done. It needs an endpoint that speaks HTTP/2; with one that does not, OkHttp ends the
 * call with a {@link java.net.ProtocolException}, which counts as a failure of the endpoint.
 *
 * <h2>Tell the strategy more</h2>
 *
 * <p>A request may carry a {@link RequestContext} as a tag, such as its affinity: {@code new
 * Request.Builder().url(url).tag(RequestContext.class, context)}. Where the affinity can be read
 * from requests, {@link Builder#affinity} says how.
 *
 * <h2>Limits</h2>
 *
 * <p>Endpoints are never called through a proxy, since a proxy would look the name up itself: a
 * {@code ProxySelector} is not asked for them, and with a fixed {@code proxy(...)} the call fails
 * with an IOException that says so. A POST, PUT or DELETE does not remove the cached response of
 * the same URL, as OkHttp would do for other hosts. When there is no endpoint to call, the call
 * fails with a {@link NoEndpointIOException}.
 */
public final class BalancerInterceptor {
  private static final int MAX_REQUESTS = 512;
  private static final int MAX_IDLE_CONNECTIONS = 256;
  private static final int KEEP_ALIVE_SECONDS = 30;

  private final Hosts hosts;
  private final OutcomeClassifier outcomes;
  private final Keys keys;

  private BalancerInterceptor(Builder builder) {
    this.hosts = builder.claims.hosts(builder.failoverSettings);
    this.outcomes =
        builder.outcomes == DefaultOutcomes.INSTANCE
            ? builder.outcomes
            : new GuardedOutcomes(builder.outcomes);
    this.keys = builder.keys;
  }

  /**
   * An interceptor for these balancers. Each claims the host that is its name.
   *
   * @throws IllegalArgumentException if there is none, or as {@link Builder#balancer} does
   */
  public static BalancerInterceptor of(Balancer... balancers) {
    Builder builder = builder();
    for (Balancer balancer : balancers) {
      builder.balancer(balancer);
    }
    return builder.build();
  }

  /** Begins an interceptor with other settings. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Adds the interceptor to a client, and sets what OkHttp's defaults limit too much. Call it after
   * the client's other interceptors were added, so that they see logical URLs and what the endpoint
   * has sent, and before settings of your own for what is listed here:
   *
   * <ul>
   *   <li>a {@link Dispatcher} of 512 requests, all of which may go to one host. OkHttp's limit of
   *       5 for each host counts the logical host, however many endpoints it has; and its limit of
   *       64 in all is used up by a single endpoint that hangs. Only enqueued calls are limited.
   *   <li>a {@link ConnectionPool} of 256 idle connections that are kept for 30 seconds. OkHttp's 5
   *       are fewer than one for each endpoint, and its 5 minutes are longer than most servers keep
   *       a connection, so that requests would meet connections that are closed.
   * </ul>
   *
   * <p>{@code retryOnConnectionFailure} stays as it is, and other hosts go by it; for the hosts of
   * balancers it is off, because OkHttp would repeat a POST behind the balancer's back.
   *
   * @return the same builder
   */
  public OkHttpClient.Builder install(OkHttpClient.Builder client) {
    for (Interceptor interceptor : client.interceptors()) {
      if (interceptor instanceof Balancing installed && installed.isFor(hosts)) {
        return client;
      }
    }
    Dispatcher dispatcher = new Dispatcher();
    dispatcher.setMaxRequests(MAX_REQUESTS);
    dispatcher.setMaxRequestsPerHost(MAX_REQUESTS);
    // The others on the network side should see what the endpoint has sent, so this one is last to.
    client.networkInterceptors().add(0, Withheld.INSTANCE);
    if (hosts.areCautious()) {
      client.networkInterceptors().add(0, ConnectionCheck.INSTANCE);
    }
    return client
        .addInterceptor(new Balancing(hosts, outcomes, keys, new SideClient(client)))
        .dispatcher(dispatcher)
        .connectionPool(
            new ConnectionPool(MAX_IDLE_CONNECTIONS, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS));
  }

  @Override
  public String toString() {
    return "BalancerInterceptor" + hosts + "[outcomes=" + outcomes + "]";
  }

  /** Builds a {@link BalancerInterceptor}. At least one balancer is required. Not thread-safe. */
  public static final class Builder {
    private final Claims claims = new Claims();
    private FailoverSettings failoverSettings = FailoverSettings.DEFAULTS;
    private OutcomeClassifier outcomes = OutcomeClassifier.ofDefaults();
    private Keys keys = Keys.NONE;

    private Builder() {}

    /**
     * Adds a balancer, which claims the host that is its name.
     *
     * @throws IllegalArgumentException if its name cannot be a host, or another balancer has it
     */
    public Builder balancer(Balancer balancer) {
      claims.balancer(balancer);
      return this;
    }

    /**
     * Adds failovers, each of which claims the host that is its balancer's name. A request to it is
     * a call of the failover, as its deadline, retries and budget have it; see <i>Failover</i>
     * above.
     *
     * <pre>{@code
     * BalancerInterceptor interceptor =
     *     BalancerInterceptor.builder()
     *         .failover(Failover.builder(orders).deadline(Duration.ofSeconds(2)).build())
     *         .balancer(payments)
     *         .build();
     * }</pre>
     *
     * @throws IllegalArgumentException as {@link #balancer} does
     */
    public Builder failover(Failover... failovers) {
      for (Failover failover : failovers) {
        claims.failover(failover);
      }
      return this;
    }

    /**
     * Asks who has the hosts that nobody has claimed, for services that come and go.
     *
     * @param present the failover of a host in lower case; null for a host that is to be left
     *     alone. Asked for each request, so it must not block
     */
    public Builder failovers(Function<String, @Nullable Failover> present) {
      claims.failovers(present);
      return this;
    }

    /**
     * How long an attempt of a failover waits for a connection, if the client's own timeout is not
     * shorter. By default 250 milliseconds: what does not answer by then is more likely to be dead
     * than far away.
     *
     * @throws IllegalArgumentException unless it is from 1 millisecond to 1 minute
     */
    public Builder connectTimeout(Duration timeout) {
      failoverSettings = failoverSettings.withConnectTimeout(timeout);
      return this;
    }

    /**
     * Tells the endpoints of failovers how long the call may still take, in whole milliseconds. By
     * default they are not told. The header is set on each attempt, in place of one that the
     * request may have; it leaves the service by no redirect. What requests to this process say of
     * deadlines is read by {@link io.evenkeel.lb.failover.Deadline}.
     *
     * @throws IllegalArgumentException if it cannot be the name of a header
     */
    public Builder deadlineHeader(String name) {
      failoverSettings = failoverSettings.withDeadlineHeader(name);
      return this;
    }

    /**
     * Who observes the calls of failovers, such as {@code CallObservations} of lb-micrometer. By
     * default nobody does. A call is over for it with the headers of its response; it is the
     * current one of the threads that its attempts are made on.
     */
    public Builder observer(CallObserver observer) {
      failoverSettings = failoverSettings.withObserver(requireNonNull(observer, "observer"));
      return this;
    }

    /** What responses and exceptions say of an endpoint. */
    public Builder outcomes(OutcomeClassifier outcomes) {
      this.outcomes = requireNonNull(outcomes, "outcomes");
      return this;
    }

    /**
     * What ties requests together, for strategies that keep such requests on one endpoint. By
     * default nothing does. The affinity of a {@link RequestContext} that a request carries as a
     * tag comes first.
     *
     * <pre>{@code
     * BalancerInterceptor interceptor =
     *     BalancerInterceptor.builder()
     *         .balancer(orders)
     *         .affinity(AffinityKey.header("X-Account"), Affinity.ofProcess()::of)
     *         .build();
     * }</pre>
     *
     * @param key where to look; a request without it has no affinity
     * @param hash of what was found; 0 is none. {@code Affinity} of lb-strategies has one of the
     *     process, so that keys cannot be chosen to meet at one endpoint, and ones that several
     *     clients share. On the request path, by any thread; if it throws, the request has no
     *     affinity, and the first such failure is logged
     */
    public Builder affinity(AffinityKey key, ToLongFunction<String> hash) {
      requireNonNull(key, "key");
      requireNonNull(hash, "hash");
      return affinity(
          request -> {
            String found = key.find(request);
            return found == null ? 0 : hash.applyAsLong(found);
          });
    }

    /**
     * The affinity of requests, by any fact of theirs; in all else as {@link #affinity(AffinityKey,
     * ToLongFunction)}.
     *
     * @param affinity well mixed; 0 if a request has none
     */
    public Builder affinity(ToLongFunction<Request> affinity) {
      this.keys = new Keys(requireNonNull(affinity, "affinity"));
      return this;
    }

    /**
     * The interceptor.
     *
     * @throws IllegalArgumentException if there is no balancer
     */
    public BalancerInterceptor build() {
      return new BalancerInterceptor(this);
    }
  }
}
