package io.evenkeel.lb.spring;

import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Asks the client of an attempt to leave redirects to the call, and learns whether it does. Clients
 * that wait are asked by the thread that makes the attempt, the others by its Reactor context, in
 * which this has its class as its key. What interceptors and filters of the application send
 * elsewhere meanwhile, with this or another client, is not meant.
 *
 * <p>Unseen, clients send credentials along (the JDK's of Java 17 does), and what they throw may
 * come from a request after the one that the endpoint has processed.
 */
final class Unfollowed {
  private static final ThreadLocal<@Nullable Unfollowed> ATTEMPT = new ThreadLocal<>();

  private final String authority;
  private volatile @Nullable Boolean followed;

  /**
   * @param target of the attempt
   */
  Unfollowed(URI target) {
    this.authority = String.valueOf(target.getRawAuthority());
  }

  /** An attempt of a client that waits. */
  @FunctionalInterface
  interface Attempt<T> {
    T make() throws IOException;
  }

  /** Makes an attempt whose client is asked. */
  <T> T during(Attempt<T> attempt) throws IOException {
    Unfollowed outer = ATTEMPT.get();
    ATTEMPT.set(this);
    try {
      return attempt.make();
    } finally {
      if (outer == null) {
        ATTEMPT.remove();
      } else {
        ATTEMPT.set(outer);
      }
    }
  }

  /** That of the attempt that this thread makes; null if it makes none. */
  static @Nullable Unfollowed current() {
    return ATTEMPT.get();
  }

  /** Whether a request is that of the attempt. */
  boolean isFor(URI uri) {
    return authority.equals(uri.getRawAuthority());
  }

  /**
   * The client leaves redirects alone.
   *
   * @param wanted whether its user wants them to be followed
   */
  void granted(boolean wanted) {
    followed = wanted;
  }

  /** Whether redirects are the call's to follow. */
  boolean isToFollow() {
    return Boolean.TRUE.equals(followed);
  }

  /** Whether the client may follow redirects itself, as far as that is known. */
  boolean mayFollow() {
    return followed == null;
  }
}
