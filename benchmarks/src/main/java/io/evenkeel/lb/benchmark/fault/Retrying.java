package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import io.evenkeel.lb.testkit.rig.Reply;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** A client that goes through a failover over the balancer of a rig. Thread-safe. */
final class Retrying implements AutoCloseable {
  private static final HttpUrl URL = HttpUrl.get("http://orders/");
  private static final Request GET = new Request.Builder().url(URL).build();
  private static final RequestBody BODY = RequestBody.create("order", null);

  /** The servers tell POSTs by a key, but must not need to. */
  private static final RequestContext ONCE = CallContext.once();

  private final OkHttpClient client;
  private final OkHttpClient patient;

  /** What came of POSTs, by their keys. */
  private final Map<String, Boolean> posts = new ConcurrentHashMap<>();

  Retrying(Balancer balancer) {
    this(
        client(failover(balancer, Faults.DEADLINE, Faults.ATTEMPT_TIMEOUT)),
        client(failover(balancer, Duration.ofSeconds(20), Duration.ofSeconds(10))));
  }

  private Retrying(OkHttpClient client, OkHttpClient patient) {
    this.client = client;
    this.patient = patient;
  }

  /** One whose failover is as it is by default. */
  static Retrying ofDefaults(Balancer balancer) {
    OkHttpClient client = client(Failover.of(balancer));
    return new Retrying(client, client);
  }

  private static Failover failover(Balancer balancer, Duration deadline, Duration attempt) {
    return Failover.builder(balancer).deadline(deadline).attemptTimeout(attempt).build();
  }

  private static OkHttpClient client(Failover failover) {
    return BalancerInterceptor.builder()
        .failover(failover)
        .build()
        .install(new OkHttpClient.Builder())
        .build();
  }

  /** Sends a GET, and waits for its end. */
  Reply get(long number) {
    return send(client, GET);
  }

  /** Every fifth is a POST. */
  Reply getOrPost(long number) {
    return number % 5 == 4 ? post(number) : get(number);
  }

  /** Every fifth is a POST, every fiftieth a GET that takes as long as this. */
  Reply mixed(long number, Duration longest) {
    if (number % 50 == 0) {
      HttpUrl slow =
          URL.newBuilder().addQueryParameter("millis", Long.toString(longest.toMillis())).build();
      return send(patient, new Request.Builder().url(slow).build());
    }
    return getOrPost(number);
  }

  private Reply post(long number) {
    String key = "post-" + number;
    Request request =
        new Request.Builder()
            .url(URL)
            .header("Idempotency-Key", key)
            .tag(RequestContext.class, ONCE)
            .post(BODY)
            .build();
    Reply reply = send(client, request);
    posts.put(key, reply.outcome() == Outcome.SUCCESS);
    return reply;
  }

  private static Reply send(OkHttpClient client, Request request) {
    String why = "";
    try (Response response = client.newCall(request).execute()) {
      byte[] unused = response.body().bytes();
      if (!response.isSuccessful()) {
        why = "status " + response.code();
      }
    } catch (IOException e) {
      why = all(e);
    }
    Attempt last = AttemptLog.takeLast();
    String endpoint = last == null ? Reply.NOWHERE : last.endpoint();
    return why.isEmpty()
        ? new Reply(endpoint, Outcome.SUCCESS)
        : new Reply(endpoint, Outcome.FAILURE, request.method() + " " + why);
  }

  /** With its causes, and what failed before it. */
  private static String all(Throwable thrown) {
    StringBuilder text = new StringBuilder(thrown.toString());
    for (Throwable before : thrown.getSuppressed()) {
      text.append(", before: ").append(before);
    }
    for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
      text.append(", since: ").append(cause);
    }
    return text.toString();
  }

  /** Whether a request is a POST of {@link #getOrPost} or {@link #mixed}. */
  static boolean isPost(long number) {
    return number % 5 == 4;
  }

  /** What came of POSTs, by their keys. */
  Map<String, Boolean> posts() {
    return posts;
  }

  @Override
  public void close() {
    for (OkHttpClient each : new OkHttpClient[] {client, patient}) {
      each.dispatcher().executorService().shutdown();
      each.connectionPool().evictAll();
    }
  }
}
