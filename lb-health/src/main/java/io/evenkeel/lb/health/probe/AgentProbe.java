package io.evenkeel.lb.health.probe;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.Verdict;
import io.evenkeel.lb.health.setting.Expect;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Asks an agent beside the endpoint, in the text form of HAProxy's {@code agent-check}: connects to
 * its port, sends a string if one is set, and reads one line. Immutable and thread-safe.
 *
 * <p>The line has words with spaces, tabs or commas between them, in any order and any case:
 *
 * <table>
 * <caption>Words</caption>
 * <tr><th>word</th><th>says</th></tr>
 * <tr><td>{@code 75%}</td><td>use it with this share of its weight; 0 % drains it, and more than
 * 100 % is taken for 100 %</td></tr>
 * <tr><td>{@code up}, {@code ready}</td><td>use it</td></tr>
 * <tr><td>{@code drain}</td><td>no new requests</td></tr>
 * <tr><td>{@code maint}</td><td>it is in maintenance</td></tr>
 * <tr><td>{@code down}, {@code stopped}, {@code fail}</td><td>it is not fit; the reason may follow
 * after {@code #}</td></tr>
 * </table>
 *
 * <p>If they contradict one another, {@code maint} comes first, then down, then {@code drain}; of
 * {@code up} and {@code down}, and of {@code ready}, {@code drain} and {@code maint}, the last one
 * counts. Other words, such as {@code maxconn:30}, are passed over.
 *
 * <p>Two things differ from HAProxy. Each line stands for itself: after {@code drain}, a line
 * {@code 75%} means up again, since there is no memory that could disagree with the agent. And an
 * agent that cannot be reached, or says nothing that is known here, is a failure like any other.
 * Names are looked up as for {@link TcpProbe}.
 */
public final class AgentProbe implements HealthProbe {
  private static final int MOST_BYTES = 1024;

  private final ToIntFunction<Endpoint> port;
  private final String portText;
  private final String question;

  private AgentProbe(Builder builder, ToIntFunction<Endpoint> port) {
    this.port = port;
    this.portText = builder.portText;
    this.question = builder.question;
  }

  /**
   * Asks agents that have this port at every endpoint's host, and sends nothing.
   *
   * @throws IllegalArgumentException unless the port is from 1 to 65535
   */
  public static AgentProbe of(int port) {
    return builder().port(port).build();
  }

  /** Begins a probe. It needs to be told a port in one of three ways. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public CompletionStage<Verdict> probe(Endpoint endpoint, Duration limit) {
    return probe(endpoint, AddressPolicy.ANY, limit);
  }

  @Override
  public CompletionStage<Verdict> probe(
      Endpoint endpoint, AddressPolicy addresses, Duration limit) {
    int at;
    try {
      at = port.applyAsInt(endpoint);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(new IOException(e.getMessage(), e));
    }
    return Connection.open(endpoint, at, addresses, limit, this::ask);
  }

  private void ask(Connection connection) {
    ByteBuffer line = ByteBuffer.allocate(MOST_BYTES);
    connection.write(
        ByteBuffer.wrap(question.getBytes(StandardCharsets.UTF_8)),
        () -> connection.read(line, count -> heard(connection, line, count)));
  }

  private static void heard(Connection connection, ByteBuffer line, int count) {
    int end = lineEnd(line, line.position() - Math.max(0, count));
    if (end < 0 && count < 0) {
      end = line.position();
    }
    if (end >= 0) {
      String text = StandardCharsets.UTF_8.decode(line.slice(0, end)).toString();
      Verdict verdict = AgentLine.read(text);
      if (verdict != null) {
        connection.finish(verdict);
      } else {
        connection.fail(new IOException("the agent said \"" + text + "\", which is not known"));
      }
    } else if (!line.hasRemaining()) {
      connection.fail(new IOException("the agent said more than " + MOST_BYTES + " bytes"));
    } else {
      connection.read(line, more -> heard(connection, line, more));
    }
  }

  private static int lineEnd(ByteBuffer line, int from) {
    for (int i = from; i < line.position(); i++) {
      if (line.get(i) == '\n' || line.get(i) == '\r') {
        return i;
      }
    }
    return -1;
  }

  @Override
  public String toString() {
    return "AgentProbe[port=" + portText + (question.isEmpty() ? "" : ", sends a question") + "]";
  }

  /** Builds agent probes. The last of the ports that are set is used. Not thread-safe. */
  public static final class Builder {
    private @Nullable ToIntFunction<Endpoint> port;
    private String portText = "";
    private String question = "";

    private Builder() {}

    /**
     * The agent has the same port everywhere.
     *
     * @throws IllegalArgumentException unless it is from 1 to 65535
     */
    public Builder port(int port) {
      int fixed = Expect.within("port", port, 1, 65_535);
      this.port = endpoint -> fixed;
      this.portText = Integer.toString(port);
      return this;
    }

    /**
     * The agent's port is that of the endpoint plus this. The probe of an endpoint where that is no
     * port fails.
     *
     * @throws IllegalArgumentException unless it is from -65534 to 65534
     */
    public Builder portOffset(int offset) {
      Expect.within("portOffset", offset, -65_534, 65_534);
      this.port = endpoint -> Expect.within("agent's port", endpoint.port() + offset, 1, 65_535);
      this.portText = "endpoint's" + (offset < 0 ? "" : "+") + offset;
      return this;
    }

    /**
     * The agent's port is in the endpoint's metadata. The probe of an endpoint without it fails.
     *
     * @param key of the metadata
     */
    public Builder portFrom(String key) {
      requireNonNull(key, "key");
      this.port =
          endpoint -> {
            String text = endpoint.metadata().get(key);
            int found = text != null && text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
            Expect.that(
                found >= 1 && found <= 65_535,
                "metadata " + key,
                text == null ? "none" : text,
                "the agent's port");
            return found;
          };
      this.portText = "metadata " + key;
      return this;
    }

    /** Sends this before it reads, as it is, without a line end. By default nothing is sent. */
    public Builder question(String question) {
      this.question = requireNonNull(question, "question");
      return this;
    }

    /**
     * The probe.
     *
     * @throws IllegalArgumentException if no port was set
     */
    public AgentProbe build() {
      ToIntFunction<Endpoint> set = port;
      if (set == null) {
        throw new IllegalArgumentException("port: none (expected: port, portOffset or portFrom)");
      }
      return new AgentProbe(this, set);
    }
  }
}
