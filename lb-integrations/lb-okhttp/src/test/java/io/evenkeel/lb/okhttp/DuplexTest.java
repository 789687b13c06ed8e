package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Outcome;
import java.net.ProtocolException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketHandler;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import okio.BufferedSource;
import okio.Okio;
import okio.Source;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Requests whose body is written while the response is read. */
class DuplexTest {
  private static final List<Protocol> HTTP_2 = List.of(Protocol.H2_PRIOR_KNOWLEDGE);

  /** Answers each line with the same line, until there are no more. */
  private static final SocketHandler ECHO =
      socket -> {
        try (Source source = socket.getSource();
            BufferedSource in = Okio.buffer(source);
            BufferedSink out = Okio.buffer(socket.getSink())) {
          for (String line = in.readUtf8Line(); line != null; line = in.readUtf8Line()) {
            out.writeUtf8(line + '\n').flush();
          }
        } catch (java.io.IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      };

  @Test
  void overHttp2BothSidesTalkAndTheRequestIsInFlightUntilBothAreDone() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.server().setProtocols(HTTP_2);
      rig.enqueue(new MockResponse.Builder().clearHeaders().socketHandler(ECHO));
      OkHttpClient client = rig.client(builder -> builder.protocols(HTTP_2));
      Duplex body = new Duplex();
      try (Response response = client.newCall(post(body)).execute()) {
        BufferedSink sink = Objects.requireNonNull(Rig.poll(body.sinks));
        BufferedSource source = response.body().source();
        for (String line : List.of("ping", "pong")) {
          sink.writeUtf8(line + '\n').flush();
          assertThat(source.readUtf8Line()).isEqualTo(line);
          assertThat(rig.inFlight()).isEqualTo(1);
        }
        sink.close();
        assertThat(source.exhausted()).isTrue();
      }
      assertThat(rig.server().takeRequest().getHeaders().get("Host")).isNull();
      rig.assertEnded(Outcome.SUCCESS);
      assertThat(body.sinks).isEmpty();
    }
  }

  @Test
  void overHttp1ItIsRefusedByOkHttpAndNotSentAgain() throws Exception {
    try (Rig rig = Rig.of(2)) {
      rig.always(new MockResponse.Builder().body("ok"));
      Duplex body = new Duplex();
      assertThatThrownBy(() -> Rig.fetch(rig.client(), post(body)))
          .isInstanceOf(ProtocolException.class)
          .hasMessage("Duplex connections are not supported for HTTP/1");
      // An endpoint of which this is asked should speak HTTP/2, as others may.
      rig.assertEnded(Outcome.FAILURE);
      assertThat(body.sinks).isEmpty();
    }
  }

  private static Request post(RequestBody body) {
    return new Request.Builder().url("http://orders/").post(body).build();
  }

  private static final class Duplex extends RequestBody {
    final BlockingQueue<BufferedSink> sinks = new LinkedBlockingQueue<>();

    @Override
    public @Nullable MediaType contentType() {
      return null;
    }

    @Override
    public boolean isDuplex() {
      return true;
    }

    @Override
    public void writeTo(BufferedSink sink) {
      sinks.add(sink);
    }
  }
}
