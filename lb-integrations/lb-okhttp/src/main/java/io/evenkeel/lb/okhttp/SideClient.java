package io.evenkeel.lb.okhttp;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.Call;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls beside those of a client, with its settings, pool and dispatcher, and past the
 * application interceptors before ours: these have seen the call, and see its response.
 * Thread-safe.
 */
final class SideClient {
  private final OkHttpClient.Builder settings;
  private final AtomicReference<@Nullable OkHttpClient> client = new AtomicReference<>();

  /**
   * @param settings of the client; read when they are first needed, since whoever builds it may go
   *     on with them
   */
  SideClient(OkHttpClient.Builder settings) {
    this.settings = settings;
  }

  /** Sends the request of a call. */
  @FunctionalInterface
  interface Sender {
    Response send(Interceptor.Chain chain) throws IOException;
  }

  /** A call that the sender sends. */
  Call newCall(Request request, Sender sender) {
    Call call = client().newCall(request);
    Sender unused = call.tag(Sender.class, () -> sender);
    return call;
  }

  private OkHttpClient client() {
    OkHttpClient known = client.get();
    if (known != null) {
      return known;
    }
    OkHttpClient.Builder beside = settings.build().newBuilder().callTimeout(Duration.ZERO);
    List<Interceptor> interceptors = beside.interceptors();
    List<Interceptor> inner = new ArrayList<>(List.of(SideClient::send));
    inner.addAll(interceptors.subList(ours(interceptors) + 1, interceptors.size()));
    interceptors.clear();
    interceptors.addAll(inner);
    client.compareAndSet(null, beside.build());
    return requireNonNull(client.get());
  }

  /** Behind ours are those that see each attempt. */
  private int ours(List<Interceptor> interceptors) {
    for (int i = 0; i < interceptors.size(); i++) {
      if (interceptors.get(i) instanceof Balancing balancing && balancing.isBeside(this)) {
        return i;
      }
    }
    throw new IllegalStateException("not installed in " + interceptors);
  }

  private static Response send(Interceptor.Chain chain) throws IOException {
    return requireNonNull(chain.call().tag(Sender.class)).send(chain);
  }
}
