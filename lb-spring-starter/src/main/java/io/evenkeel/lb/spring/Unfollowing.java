package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNullElseGet;

import java.net.URI;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.util.function.SingletonSupplier;

/**
 * A client as its settings have it, and beside it one that follows no redirects, which is made when
 * it is needed. Thread-safe.
 *
 * @param <C> the kind of client
 */
final class Unfollowing<C> {
  private final Function<HttpClientSettings, ? extends C> builder;
  private final HttpClientSettings settings;
  private final boolean wanted;
  private final C usual;
  private final Supplier<C> plain = SingletonSupplier.of(this::unfollowing);
  private volatile @Nullable C made;

  /**
   * @param builder of such clients
   * @param settings null for what clients do by themselves
   */
  Unfollowing(
      Function<HttpClientSettings, ? extends C> builder, @Nullable HttpClientSettings settings) {
    this.builder = builder;
    this.settings = requireNonNullElseGet(settings, HttpClientSettings::defaults);
    this.wanted = this.settings.redirects() != HttpRedirects.DONT_FOLLOW;
    this.usual = builder.apply(this.settings);
  }

  private C unfollowing() {
    try {
      C client = builder.apply(settings.withRedirects(HttpRedirects.DONT_FOLLOW));
      made = client;
      return client;
    } catch (IllegalStateException | IllegalArgumentException e) {
      // A factory of another kind cannot be told; redirects stay its own.
      return usual;
    }
  }

  /**
   * The client for a request. If it is that of an attempt, the attempt is told whether the client
   * leaves redirects alone.
   *
   * @param attempt that is being made; null if none is
   */
  @SuppressWarnings("ReferenceEquality") // the very same
  C of(URI uri, @Nullable Unfollowed attempt) {
    if (attempt == null || !attempt.isFor(uri)) {
      return usual;
    }
    C client = wanted ? plain.get() : usual;
    if (client != usual || !wanted) {
      attempt.granted(wanted);
    }
    return client;
  }

  /** Those that were made. */
  List<C> all() {
    C other = made;
    return other == null ? List.of(usual) : List.of(usual, other);
  }
}
