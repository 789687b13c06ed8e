package io.evenkeel.lb.spring;

import io.evenkeel.lb.spring.ServiceProperties.Affinity;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Hashes what ties the requests to a service together. Immutable and thread-safe. */
final class AffinityOfRequests {
  private static final String COOKIE = "Cookie";

  private final @Nullable String header;
  private final @Nullable String cookie;
  private final io.evenkeel.lb.strategy.Affinity hash;

  private AffinityOfRequests(
      @Nullable String header, @Nullable String cookie, io.evenkeel.lb.strategy.Affinity hash) {
    this.header = header;
    this.cookie = cookie;
    this.hash = hash;
  }

  /**
   * As settings say.
   *
   * @throws SettingException if a name can be none of a header, or of a cookie
   */
  static AffinityOfRequests of(Layer<Affinity> settings) {
    Affinity said = settings.said();
    Long seed = said.seed();
    settings.set("header", said.header(), HttpOutcomes::expectToken);
    settings.set("cookie", said.cookie(), HttpOutcomes::expectToken);
    return new AffinityOfRequests(
        said.header(),
        said.cookie(),
        seed == null
            ? io.evenkeel.lb.strategy.Affinity.ofProcess()
            : io.evenkeel.lb.strategy.Affinity.seeded(seed));
  }

  /**
   * The affinity of a request; 0 if it has none.
   *
   * @param headers the value of a header, of several the first; null if there is none
   */
  long of(Function<String, @Nullable String> headers) {
    String key = header == null ? null : headers.apply(header);
    if (key == null && cookie != null) {
      key = value(headers.apply(COOKIE), cookie);
    }
    return key == null || key.isEmpty() ? 0 : hash.of(key);
  }

  /** By RFC 6265, 4.2.1: pairs with a semicolon and a space between them. */
  private static @Nullable String value(@Nullable String pairs, String name) {
    if (pairs != null) {
      for (String pair : pairs.split(";", -1)) {
        String trimmed = pair.trim();
        if (trimmed.startsWith(name) && trimmed.startsWith("=", name.length())) {
          return trimmed.substring(name.length() + 1);
        }
      }
    }
    return null;
  }
}
