package io.evenkeel.lb.spring.actuator;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A request to the page, whatever the web server is. */
interface Asked {
  String method();

  /** The first value of a header; null if there is none. */
  @Nullable String header(String name);

  /** Who is logged in; null if nobody is. */
  @Nullable String user();

  /**
   * Whether a page of another site made the request. Browsers say so, and nothing else has to. What
   * comes before the slashes of an origin is the scheme, which a proxy may have changed.
   */
  default boolean isFromElsewhere() {
    String site = header("Sec-Fetch-Site");
    if (site != null) {
      return !site.equals("same-origin") && !site.equals("none");
    }
    String origin = header("Origin");
    String host = header("Host");
    return origin != null
        && (host == null || !authority(origin).equals(host.toLowerCase(Locale.ROOT)));
  }

  private static String authority(String url) {
    int slashes = url.indexOf("//");
    return slashes < 0 ? "" : url.substring(slashes + 2).toLowerCase(Locale.ROOT);
  }
}
