package io.evenkeel.lb.health.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.Verdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AgentProbeTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private static Loopback saying(String text) {
    return Loopback.talking(
        socket -> socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static Verdict ask(AgentProbe probe, Endpoint endpoint) throws Exception {
    return TcpProbeTest.get(probe.probe(endpoint, LIMIT));
  }

  private static Verdict ask(Loopback agent) throws Exception {
    return ask(AgentProbe.of(agent.port()), Endpoint.of("127.0.0.1", 1));
  }

  @Test
  void oneLineIsReadWhateverEndsIt() throws Exception {
    for (String end : new String[] {"\n", "\r\n", "\r", "", "\nmaint\n"}) {
      try (Loopback agent = saying("up 75%" + end)) {
        assertThat(ask(agent)).isEqualTo(Verdict.up(0.75, "agent: up 75%"));
        assertThat(agent.left.await(10, TimeUnit.SECONDS)).as("let go of").isTrue();
      }
    }
  }

  @Test
  void aLineMayComeInPieces() throws Exception {
    Loopback.Talk pieces =
        socket -> {
          socket.setTcpNoDelay(true);
          OutputStream out = socket.getOutputStream();
          for (byte each : "down # disk full\n".getBytes(StandardCharsets.UTF_8)) {
            out.write(each);
            out.flush();
          }
        };
    try (Loopback agent = Loopback.talking(pieces)) {
      assertThat(ask(agent)).isEqualTo(Verdict.down("agent: disk full"));
    }
  }

  @Test
  void aQuestionIsSentFirst() throws Exception {
    Loopback.Talk answering =
        socket -> {
          BufferedReader in =
              new BufferedReader(
                  new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
          String asked = String.valueOf(in.readLine());
          socket
              .getOutputStream()
              .write(
                  (asked.equals("orders?") ? "drain\n" : "up\n").getBytes(StandardCharsets.UTF_8));
        };
    try (Loopback agent = Loopback.talking(answering)) {
      AgentProbe probe = AgentProbe.builder().port(agent.port()).question("orders?\n").build();
      assertThat(ask(probe, Endpoint.of("127.0.0.1", 1)).kind()).isEqualTo(Verdict.Kind.DRAINING);
    }
  }

  @Test
  void whatIsNoAnswerIsAFailureThatSaysWhy() throws Exception {
    assertFails("hello\n", "the agent said \"hello\", which is not known");
    assertFails("", "the agent said \"\", which is not known");
    assertFails("up" + " ".repeat(1100) + "\n", "the agent said more than 1024 bytes");
    assertThatThrownBy(() -> ask(AgentProbe.of(Loopback.freePort()), Endpoint.of("127.0.0.1", 1)))
        .hasMessageContaining("Connection refused");
  }

  private static void assertFails(String said, String message) {
    try (Loopback agent = saying(said)) {
      assertThatThrownBy(() -> ask(agent))
          .hasCauseInstanceOf(IOException.class)
          .hasMessageContaining(message);
    }
  }

  @Test
  void anAgentThatSaysNothingIsGivenUpAndLetGoOf() throws Exception {
    try (Loopback agent = Loopback.talking(socket -> socket.getInputStream().read())) {
      AgentProbe probe = AgentProbe.of(agent.port());
      assertThatThrownBy(
              () ->
                  TcpProbeTest.get(
                      probe.probe(Endpoint.of("127.0.0.1", 1), Duration.ofMillis(100))))
          .hasMessageContaining("no answer within PT0.1S");
      assertThat(agent.left.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void thePortMayBeAnOffsetOrInTheMetadata() throws Exception {
    try (Loopback agent = saying("ready\n")) {
      AgentProbe offset = AgentProbe.builder().portOffset(-1).build();
      assertThat(ask(offset, Endpoint.of("127.0.0.1", agent.port() + 1)).kind())
          .isEqualTo(Verdict.Kind.UP);
      assertThatThrownBy(() -> ask(offset, Endpoint.of("127.0.0.1", 1)))
          .hasMessageContaining("agent's port: 0 (expected: 1..65535)");
    }
    try (Loopback agent = saying("ready\n")) {
      AgentProbe metadata = AgentProbe.builder().portFrom("agent").build();
      String port = Integer.toString(agent.port());
      Endpoint.Builder endpoint = Endpoint.builder("127.0.0.1", 1);
      assertThatThrownBy(() -> ask(metadata, endpoint.build()))
          .hasMessageContaining("metadata agent: none (expected: the agent's port)");
      assertThat(ask(metadata, endpoint.metadata("agent", port).build()).kind())
          .isEqualTo(Verdict.Kind.UP);
    }
    Endpoint odd = Endpoint.builder("127.0.0.1", 1).metadata("agent", "x").build();
    assertThatThrownBy(() -> ask(AgentProbe.builder().portFrom("agent").build(), odd))
        .hasMessageContaining("metadata agent: x (expected: the agent's port)");
  }

  @Test
  void settingsArePrintedAndRequired() {
    assertThat(AgentProbe.of(9000)).hasToString("AgentProbe[port=9000]");
    assertThat(AgentProbe.builder().portOffset(10).question("?").build())
        .hasToString("AgentProbe[port=endpoint's+10, sends a question]");
    assertThat(AgentProbe.builder().portFrom("agent").build())
        .hasToString("AgentProbe[port=metadata agent]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AgentProbe.builder().build())
        .withMessage("port: none (expected: port, portOffset or portFrom)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AgentProbe.of(0))
        .withMessage("port: 0 (expected: 1..65535)");
  }
}
