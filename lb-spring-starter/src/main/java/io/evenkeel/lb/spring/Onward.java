package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpResponse;

/** What a client that waits sends: first what its user asks for, then what responses ask for. */
final class Onward {
  private static final byte[] NOTHING = {};

  private final HttpRequest request;
  private final byte[] body;
  private final boolean stays;
  private final int hops;
  private final @Nullable Reach reach;

  private Onward(HttpRequest request, byte[] body, boolean stays, int hops, @Nullable Reach reach) {
    this.request = request;
    this.body = body;
    this.stays = stays;
    this.hops = hops;
    this.reach = reach;
  }

  /** The first request of a caller. */
  static Onward from(HttpRequest request, byte[] body) {
    return new Onward(request, body, false, 0, null);
  }

  /** To the name of whoever it is for. */
  HttpRequest request() {
    return request;
  }

  byte[] body() {
    return body;
  }

  /** The same, by a redirect that may lead no farther than this. */
  Onward within(Reach reach) {
    return new Onward(request, body, stays, hops, reach);
  }

  /**
   * Whether it may be sent to a host that is no service. May block.
   *
   * @throws IOException if not
   */
  void judge() throws IOException {
    if (reach != null) {
      reach.judge(requireNonNull(Targets.host(request.getURI())));
    }
  }

  /** Whether it is for the service whose endpoint has asked for it. */
  boolean stays() {
    return stays;
  }

  /**
   * Where the response to this request leads; null if it is for the caller.
   *
   * @param client that has sent it
   * @param sent the URI that it was sent to
   */
  @Nullable Onward after(ClientHttpResponse response, Unfollowed client, URI sent)
      throws IOException {
    if (!client.isToFollow() || hops == Redirect.MAX) {
      return null;
    }
    Redirect redirect =
        Redirect.of(
            response.getStatusCode().value(),
            response.getHeaders(),
            request.getMethod(),
            request.getURI(),
            sent);
    return redirect == null
        ? null
        : new Onward(
            Readdressed.by(redirect, request),
            redirect.keepsMethod() ? body : NOTHING,
            redirect.stays(),
            hops + 1,
            reach);
  }
}
