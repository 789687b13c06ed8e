package io.evenkeel.lb.okhttp;

import java.io.IOException;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Keeps OkHttp from acting on a response of an endpoint behind the interceptor's back. As a network
 * interceptor it makes the header that OkHttp would act on meaningless to OkHttp; {@link #restore}
 * undoes that on the other side.
 *
 * <ul>
 *   <li>503 with {@code Retry-After: 0} is sent again at once, a POST too, whatever the settings.
 *       10^18 in that place is a NumberFormatException, which ends the dispatcher's thread.
 *   <li>{@code Location} would be followed on the same connection settings: {@code
 *       http://orders/other} at port 80 of the endpoint, another host with this one's {@code Host}
 *       header.
 * </ul>
 *
 * <p>The value stays in its place behind a prefix, because a cache sits between the two sides: what
 * was stored this way is restored when it is served.
 */
final class Withheld implements Interceptor {
  static final Withheld INSTANCE = new Withheld();

  private static final String PREFIX = "evenkeel-withheld:";

  private Withheld() {}

  @Override
  public Response intercept(Chain chain) throws IOException {
    // Beside the other half of this: an interceptor of its own would cost each request a chain.
    Departure.check(chain);
    Response response = chain.proceed(chain.request());
    String name = acted(response.code());
    if (name == null || chain.request().tag(BalancedCall.class) == null) {
      return response;
    }
    return rewrite(response, name, true);
  }

  /** The response as the endpoint sent it. */
  static Response restore(Response response) {
    String name = acted(response.code());
    return name == null ? response : rewrite(response, name, false);
  }

  private static @Nullable String acted(int code) {
    if (code == 503) {
      return "Retry-After";
    }
    return Redirects.isRedirect(code) ? "Location" : null;
  }

  private static Response rewrite(Response response, String name, boolean hide) {
    if (response.header(name) == null) {
      return response;
    }
    Headers headers = response.headers();
    Headers.Builder rewritten = new Headers.Builder();
    for (int i = 0; i < headers.size(); i++) {
      String value = headers.value(i);
      if (headers.name(i).equalsIgnoreCase(name)) {
        value = hide ? hidden(value) : shown(value);
      }
      rewritten.addUnsafeNonAscii(headers.name(i), value);
    }
    return response.newBuilder().headers(rewritten.build()).build();
  }

  /** Once, even if two interceptors are installed: the first to restore undoes it. */
  private static String hidden(String value) {
    return value.startsWith(PREFIX) ? value : PREFIX + value;
  }

  private static String shown(String value) {
    return value.startsWith(PREFIX) ? value.substring(PREFIX.length()) : value;
  }

  @Override
  public String toString() {
    return "BalancerInterceptor's network side";
  }
}
