package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.health.Verdict;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Response;
import okio.BufferedSource;

/**
 * One health probe. Its time limit is not OkHttp's, which begins when a thread takes the call up: a
 * probe that waited in line until then says nothing of its endpoint.
 */
final class HealthCall implements Callback {
  private static final long MOST_BYTES = 64 * 1024;

  private final Endpoint endpoint;
  private final AddressPolicy addresses;
  private final HealthExpectation expected;
  private final Duration limit;
  private final HealthClients clients;
  private final CompletableFuture<Verdict> answer = new CompletableFuture<>();
  private volatile boolean begun;
  private volatile boolean outlived;
  private volatile boolean late;

  HealthCall(
      Endpoint endpoint,
      AddressPolicy addresses,
      HealthExpectation expected,
      Duration limit,
      HealthClients clients) {
    this.endpoint = endpoint;
    this.addresses = addresses;
    this.expected = expected;
    this.limit = limit;
    this.clients = clients;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** Which the endpoint may have. */
  AddressPolicy addresses() {
    return addresses;
  }

  CompletionStage<Verdict> send(Call call) {
    Scheduler.Scheduled timer =
        Scheduler.shared().schedule(() -> limitPassed(call), limit.toNanos());
    call.enqueue(this);
    return answer.whenComplete((verdict, thrown) -> timer.cancel());
  }

  /** A thread has taken it up. */
  void begun() {
    begun = true;
  }

  /** It has a connection, which over HTTP/2 outlives it. */
  void over(Protocol protocol) {
    outlived = protocol == Protocol.HTTP_2 || protocol == Protocol.H2_PRIOR_KNOWLEDGE;
  }

  /**
   * Its own thread tells that it is over, once its connection is out of the way of the next probe.
   */
  private void limitPassed(Call call) {
    if (begun) {
      late = !answer.isDone();
    } else {
      fail(new RejectedExecutionException("no thread was free within " + limit));
    }
    call.cancel();
  }

  /**
   * Where the answer did not end in time the connection may be dead, and over HTTP/2 the next probe
   * would take it again: OkHttp asks connections whether they live only where its own limits have
   * passed.
   */
  private void ended() {
    clients.ended(endpoint, late && outlived);
  }

  @Override
  public void onFailure(Call call, IOException e) {
    ended();
    if (e instanceof SSLPeerUnverifiedException) {
      answer.complete(HealthExpectation.strangerByCertificate(call.request().url().host()));
    } else {
      fail(e);
    }
  }

  /** Fails, unless it has ended; whoever is cut off by us says nothing of the endpoint. */
  private void fail(Exception e) {
    if (clients.isClosed()) {
      answer.completeExceptionally(HealthClients.refusal());
    } else {
      answer.completeExceptionally(late ? new IOException("no answer within " + limit, e) : e);
    }
  }

  @Override
  public void onResponse(Call call, Response response) {
    Verdict verdict;
    try (response) {
      verdict = expected.judge(endpoint, response, body(call, response));
    } catch (IOException | RuntimeException e) {
      // OkHttp would let the latter end the thread, and nobody would hear of the probe.
      fail(e);
      return;
    } finally {
      ended();
    }
    answer.complete(verdict);
  }

  /** Waits for the end of the body, since one that breaks off is no success. */
  private String body(Call call, Response response) throws IOException {
    BufferedSource source = response.body().source();
    if (source.request(MOST_BYTES + 1)) {
      // Else closing it would read on, to keep the connection.
      call.cancel();
    }
    if (!expected.looksAtBody()) {
      return "";
    }
    MediaType type = response.body().contentType();
    Charset charset = type == null ? null : type.charset(StandardCharsets.UTF_8);
    long length = Math.min(source.getBuffer().size(), MOST_BYTES);
    return source
        .getBuffer()
        .readString(length, charset == null ? StandardCharsets.UTF_8 : charset);
  }
}
