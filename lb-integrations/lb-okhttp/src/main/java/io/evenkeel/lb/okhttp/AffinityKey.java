package io.evenkeel.lb.okhttp;

import java.util.List;
import java.util.function.Function;
import okhttp3.Headers;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * Where in a request to look for what ties it to others, such as a session or an account: see
 * {@link BalancerInterceptor.Builder#affinity}. Immutable and thread-safe.
 */
public final class AffinityKey {
  private static final String COOKIE = "Cookie";

  private final String text;
  private final Function<Request, @Nullable String> find;

  private AffinityKey(String text, Function<Request, @Nullable String> find) {
    this.text = text;
    this.find = find;
  }

  /**
   * The value of a header; of several, the last.
   *
   * @throws IllegalArgumentException if the name is blank
   */
  public static AffinityKey header(String name) {
    expectName(name);
    return new AffinityKey("header " + name, request -> request.header(name));
  }

  /**
   * The value of a cookie that the request carries in a {@code Cookie} header of its own; of
   * several, the first. Cookies of the client's {@code CookieJar} are added after the endpoint was
   * chosen, and are not seen.
   *
   * @param name as it is written, in upper and lower case
   * @throws IllegalArgumentException if the name is blank
   */
  public static AffinityKey cookie(String name) {
    expectName(name);
    return new AffinityKey("cookie " + name, request -> cookie(request, name));
  }

  /**
   * The address that a request came from, for servers that pass requests on: the first address in a
   * header such as {@code X-Forwarded-For}, without a port. Whoever sends such a header can choose
   * what is in it, so the server must have written or checked it.
   *
   * @throws IllegalArgumentException if the name is blank
   */
  public static AffinityKey sourceAddress(String header) {
    expectName(header);
    return new AffinityKey("source address in " + header, request -> address(request, header));
  }

  /** The key of a request; null if it has none, or an empty one. */
  @Nullable String find(Request request) {
    String found = find.apply(request);
    return found == null || found.isEmpty() ? null : found;
  }

  private static @Nullable String cookie(Request request, String name) {
    Headers headers = request.headers();
    for (int i = 0; i < headers.size(); i++) {
      if (headers.name(i).equalsIgnoreCase(COOKIE)) {
        String found = cookie(headers.value(i), name);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  /** By RFC 6265, 4.2.1: pairs with a semicolon and a space between them. */
  private static @Nullable String cookie(String pairs, String name) {
    int from = 0;
    while (from < pairs.length()) {
      int end = pairs.indexOf(';', from);
      end = end < 0 ? pairs.length() : end;
      String pair = pairs.substring(from, end).trim();
      if (pair.startsWith(name) && pair.startsWith("=", name.length())) {
        return pair.substring(name.length() + 1);
      }
      from = end + 1;
    }
    return null;
  }

  /** The first of the list, as {@code 10.0.0.1}, {@code 10.0.0.1:80}, or {@code [::1]:80}. */
  private static @Nullable String address(Request request, String header) {
    List<String> lines = request.headers(header);
    if (lines.isEmpty()) {
      return null;
    }
    String line = lines.get(0);
    int comma = line.indexOf(',');
    String first = (comma < 0 ? line : line.substring(0, comma)).trim();
    if (first.startsWith("[")) {
      int end = first.indexOf(']');
      return end < 0 ? first : first.substring(1, end);
    }
    int colon = first.indexOf(':');
    return colon >= 0 && colon == first.lastIndexOf(':') ? first.substring(0, colon) : first;
  }

  private static void expectName(String name) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("name: \"" + name + "\" (expected: not blank)");
    }
  }

  @Override
  public String toString() {
    return "AffinityKey[" + text + "]";
  }
}
