package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.spring.aot.Program;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which hosts a request may reach. */
class ReachTest {
  private static Reach reach(AddressPolicy policy) {
    return new Reach(null, Endpoint.of("node0", 80), policy);
  }

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
    Reach reach = reach(policy);
    if (permitted) {
      assertThatCode(() -> reach.judge("node1", name -> found)).doesNotThrowAnyException();
    } else {
      assertThatThrownBy(() -> reach.judge("node1", name -> found))
          .isInstanceOf(UnknownHostException.class)
          .hasMessageContaining(
              "the source of endpoint node0:80 leads to node1, but AddressPolicy." + policy)
          .hasMessageContaining("refuses " + InetAddress.getByName(address).getHostAddress());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "2001:db8::1", "169.254.169.254", "localhost", "127.1"})
  void whatIsNoNameIsNotLookedUp(String host) {
    Reach reach = reach(AddressPolicy.ROUTABLE);
    assertThat(reach.isKnown(host)).isTrue();
    Throwable thrown =
        catchThrowable(
            () ->
                reach.judge(
                    host,
                    name -> {
                      throw new AssertionError(name + " was looked up");
                    }));
    if (AddressPolicy.ROUTABLE.permits(host)) {
      assertThat(thrown).isNull();
    } else {
      assertThat(thrown)
          .isInstanceOf(UnknownHostException.class)
          .hasMessageContaining("refuses " + host);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders", "node1", "a.b.c1", "10.0.0.1.example", "evil.example."})
  void namesAre(String host) {
    assertThat(reach(AddressPolicy.ROUTABLE).isKnown(host)).isFalse();
    assertThat(reach(AddressPolicy.ANY).isKnown(host)).isTrue();
  }

  /**
   * In a JVM with names of its own. A name that has no address, or none that is permitted, has not
   * seen the request, so even a POST goes elsewhere.
   */
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
                policy.name(),
                "nobody:80",
                "pretender:" + backends.servers.get(0).getPort())) {
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
