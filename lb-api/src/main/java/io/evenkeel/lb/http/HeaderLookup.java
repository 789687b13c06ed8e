package io.evenkeel.lb.http;

import org.jspecify.annotations.Nullable;

/** The headers of a request or a response. */
@FunctionalInterface
public interface HeaderLookup {
  /**
   * The value of a header, or null if there is none.
   *
   * @param name in any case
   */
  @Nullable String value(String name);
}
