package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.spring.aot.Program;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which hosts a request may reach. */
class ReachTest {
  @ParameterizedTest
  @CsvSource({
    "ROUTABLE, 10.0.0.9, true",
    "ROUTABLE, 127.0.0.1, false",
    "ROUTABLE, 169.254.169.254, false",
    "LOOPBACK_TOO, 127.0.0.1, true",
    "LOOPBACK_TOO, fe80::1, false",
    "ANY, 169.254.169.254, true"
  })
  void aNameIsAsItsWorstAddress(AddressPolicy policy, String address, boolean permitted)
      throws Exception {
    InetAddress[] found = {InetAddress.getByName("10.0.0.1"), InetAddress.getByName(address)};
    Reach reach = new Reach("somebody", policy);
    if (permitted) {
      assertThatCode(() -> reach.judge("node1", name -> found)).doesNotThrowAnyException();
    } else {
      assertThatThrownBy(() -> reach.judge("node1", name -> found))
          .isInstanceOf(UnknownHostException.class)
          .hasMessageContaining("somebody leads to node1, but AddressPolicy." + policy)
          .hasMessageContaining("refuses " + InetAddress.getByName(address).getHostAddress());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "2001:db8::1", "169.254.169.254", "localhost", "127.1"})
  void whatIsNoNameIsNotLookedUp(String host) {
    Reach reach = new Reach("somebody", AddressPolicy.ROUTABLE);
    assertThat(reach.isKnown(host)).isTrue();
    try {
      reach.judge(
          host,
          name -> {
            throw new AssertionError(name + " was looked up");
          });
    } catch (IOException e) {
      assertThat(AddressPolicy.ROUTABLE.permits(host)).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders", "node1", "a.b.c1", "10.0.0.1.example"})
  void namesAre(String host) {
    assertThat(new Reach("somebody", AddressPolicy.ROUTABLE).isKnown(host)).isFalse();
    assertThat(new Reach("somebody", AddressPolicy.ANY).isKnown(host)).isTrue();
  }

  @Test
  void redirectsReachLoopbackFromThereAlone() {
    assertThat(Reach.ofRedirects("orders", Endpoint.of("127.0.0.1", 80)).addresses())
        .isEqualTo(AddressPolicy.LOOPBACK_TOO);
    assertThat(Reach.ofRedirects("orders", Endpoint.of("localhost", 80)).addresses())
        .isEqualTo(AddressPolicy.LOOPBACK_TOO);
    assertThat(Reach.ofRedirects("orders", Endpoint.of("10.0.0.1", 80)).addresses())
        .isEqualTo(AddressPolicy.ROUTABLE);
    assertThat(Reach.ofRedirects("orders", Endpoint.of("169.254.1.1", 80)).addresses())
        .isEqualTo(AddressPolicy.ROUTABLE);
  }

  /** In a JVM with names of its own. */
  @ParameterizedTest
  @CsvSource({"ROUTABLE, 0", "LOOPBACK_TOO, 2"})
  void anEndpointIsJudgedByWhatItsNameResolvesTo(
      AddressPolicy policy, int reached, @TempDir Path folder) throws Exception {
    Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.1 localhost pretender\n");
    try (Backends backends = Backends.of(1);
        Program program =
            Program.start(
                Pretender.class.getName(),
                List.of("-Djdk.net.hosts.file=" + hosts),
                System.getProperty("java.class.path"),
                "pretender:" + backends.servers.get(0).getPort(),
                policy.name())) {
      for (int client = 1; client <= 2; client++) {
        String got = program.awaitLine("got: ");
        if (reached == 0) {
          assertThat(got)
              .contains("leads to pretender, but AddressPolicy.ROUTABLE refuses 127.0.0.1");
        } else {
          assertThat(got).isEqualTo("ok");
        }
      }
      program.awaitLine("over");
      assertThat(backends.requests).hasValue(reached);
    }
  }
}
