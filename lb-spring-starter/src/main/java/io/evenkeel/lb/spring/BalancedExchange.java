package io.evenkeel.lb.spring;

import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.http.HttpSemantics;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.client.ClientResponse;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/**
 * A response whose request is in flight until its body is over, which must be so by the deadline of
 * its call unless it is endless. Thread-safe.
 *
 * <p>The first of body and {@link #abandon} decides how it ends; the lease itself ends once.
 */
final class BalancedExchange implements AutoCloseable {
  /** What has come of a body by then lets its connection be used again. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final ClientResponse response;
  private final Lease lease;
  private final ReactiveCall call;
  private final @Nullable ReactiveOnward leads;
  private final int status;
  private final boolean endless;
  private final AtomicBoolean taken = new AtomicBoolean();

  /**
   * @param call judges how the body breaks
   * @param leads where it leads, out of the service; null if it is for the caller
   */
  BalancedExchange(
      ClientResponse response, Lease lease, ReactiveCall call, @Nullable ReactiveOnward leads) {
    this.response = response;
    this.lease = lease;
    this.call = call;
    this.leads = leads;
    this.status = response.statusCode().value();
    this.endless = HttpSemantics.isEndless(headers().getFirst(HttpHeaders.CONTENT_TYPE));
  }

  /** Where it leads, out of the service; null if it is for the caller. */
  @Nullable ReactiveOnward leads() {
    return leads;
  }

  HttpHeaders headers() {
    return response.headers().asHttpHeaders();
  }

  /** What the status says. */
  Outcome outcome() {
    return HttpSemantics.outcome(status);
  }

  /** For how long the endpoint asks to be spared, as a failover wants to know it. */
  long wishNanos() {
    return HttpOutcomes.wishNanos(status, headers());
  }

  /** It is what the caller gets, though it may be a failure. */
  ClientResponse delivered() {
    long wish = wishNanos();
    if (outcome().isFailure() && wish > 0) {
      lease.node().pushback(wish);
    }
    return response.mutate().body(this::ending).build();
  }

  private Flux<DataBuffer> ending(Flux<DataBuffer> body) {
    return new FluxOperator<>(body) {
      @Override
      public void subscribe(CoreSubscriber<? super DataBuffer> subscriber) {
        if (taken.compareAndSet(false, true)) {
          BalancedBody counted = new BalancedBody(BalancedExchange.this, subscriber);
          (endless ? body : limited(body, counted)).subscribe(counted);
        } else {
          // Another subscription gets an error, or what is left, and is not the one that counts.
          body.subscribe(subscriber);
        }
      }
    };
  }

  private Flux<DataBuffer> limited(Flux<DataBuffer> body, BalancedBody counted) {
    if (call.isLate()) {
      // Nobody has waited until now.
      left();
    }
    return body.takeUntilOther(call.late().doOnError(thrown -> counted.late()));
  }

  /** Its body is over, or as much of it as is wanted. */
  void read() {
    lease.end(outcome());
  }

  /** Its body broke. It has answered, so there was a connection. */
  void broke(Throwable thrown) {
    Outcome seen = call.of(thrown);
    lease.end(seen == Outcome.UNREACHABLE ? Outcome.FAILURE : seen);
  }

  /** What it leads to is done in its place. */
  void followed() {
    read();
    leave(response);
  }

  /** Nobody waits for the rest of its body. */
  void left() {
    lease.end(outcome().isFailure() ? outcome() : Outcome.CANCELLED);
  }

  /** Nobody wants it any more. Does nothing if its body was begun: that ends by itself. */
  void abandon() {
    if (taken.compareAndSet(false, true)) {
      left();
      leave(response);
    }
  }

  /** Another attempt is made in its place; what it was is known. */
  @Override
  public void close() {
    leave(response);
  }

  /**
   * Nobody will read it. Nobody waits either: what has not come soon is left, and the connection
   * with it.
   */
  static void leave(ClientResponse response) {
    response.releaseBody().timeout(PATIENCE).onErrorComplete().subscribe();
  }
}
