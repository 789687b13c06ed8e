package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What a client that does not wait sends: first what its user asks for, then what responses ask
 * for.
 *
 * @param request to the name of whoever it is for
 * @param body of it
 * @param stays whether it is for the service whose endpoint has asked for it
 * @param hops how many redirects have led to it
 * @param reach how far they may lead; null if none has left a service
 */
record ReactiveOnward(
    ClientRequest request, KeptBody body, boolean stays, int hops, @Nullable Reach reach) {
  /** The first request of a caller. */
  static ReactiveOnward from(ClientRequest request) {
    return new ReactiveOnward(request, new KeptBody(request.body()), false, 0, null);
  }

  /** The same, by a redirect that may lead no farther than this. */
  ReactiveOnward within(Reach farthest) {
    return new ReactiveOnward(request, body, stays, hops, farthest);
  }

  /** Completes if it may be sent to a host that is no service, and fails if not. */
  Mono<Void> judged() {
    return reach == null
        ? Mono.empty()
        : judged(reach, requireNonNull(Targets.host(request.url())));
  }

  /** The same of any host: at once, or elsewhere if a look-up may block. */
  static Mono<Void> judged(Reach reach, String host) {
    Mono<Void> judged =
        Mono.fromCallable(
            () -> {
              reach.judge(host);
              return null;
            });
    return reach.isKnown(host) ? judged : judged.subscribeOn(Schedulers.boundedElastic());
  }

  /** The same request at another address. */
  ClientRequest.Builder at(URI uri) {
    return ClientRequest.from(request).url(uri).body(body);
  }

  /**
   * Where the response to this request leads; null if it is for the caller, as where a body that
   * can be sent once would have to be sent again.
   *
   * @param client that has sent it
   * @param sent the URI that it was sent to
   */
  @Nullable ReactiveOnward after(ClientResponse response, Unfollowed client, URI sent) {
    if (!client.isToFollow() || hops == Redirect.MAX) {
      return null;
    }
    Redirect redirect =
        Redirect.of(
            response.statusCode().value(),
            response.headers().asHttpHeaders(),
            request.method(),
            request.url(),
            sent);
    if (redirect == null || (redirect.keepsMethod() && !body.canBeSent())) {
      return null;
    }
    KeptBody next = redirect.keepsMethod() ? body : new KeptBody(BodyInserters.empty());
    ClientRequest.Builder asked =
        ClientRequest.from(request)
            .method(redirect.method())
            .url(redirect.uri())
            .headers(
                headers -> {
                  headers.clear();
                  headers.addAll(redirect.headers(request.headers()));
                })
            .body(next);
    if (!redirect.stays()) {
      asked.cookies(cookies -> cookies.clear());
    }
    return new ReactiveOnward(asked.build(), next, redirect.stays(), hops + 1, reach);
  }
}
