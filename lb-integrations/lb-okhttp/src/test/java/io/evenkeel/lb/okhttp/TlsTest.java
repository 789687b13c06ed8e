package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.strategy.RoundRobin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.FutureTask;
import javax.net.ssl.SSLPeerUnverifiedException;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The endpoints' certificates are for names of services, never for their addresses. The names have
 * a dot, since the JDK sends no SNI for a name without one.
 */
class TlsTest {
  private static final MockResponse.Builder OK = new MockResponse.Builder().body("ok");

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void nameAndCertificateStayLogicalAndEachEndpointHasAConnection(Protocol protocol)
      throws Exception {
    HeldCertificate certificate = certificate("orders.test");
    try (Rig rig = secure(certificate, 3, protocol)) {
      rig.always(OK);
      OkHttpClient client = trusting(rig, certificate);
      for (int i = 0; i < 9; i++) {
        Response response = Rig.fetch(client, "https://orders.test/17");
        assertThat(response.protocol()).isEqualTo(protocol);
        assertThat(response.request().url()).hasToString("https://orders.test/17");
      }
      assertThat(client.connectionPool().connectionCount()).isEqualTo(3);
      for (MockWebServer server : rig.servers) {
        for (int i = 0; i < 3; i++) {
          RecordedRequest seen = server.takeRequest();
          assertThat(seen.getHandshakeServerNames()).containsExactly("orders.test");
          String authority = protocol == Protocol.HTTP_2 ? ":authority" : "Host";
          assertThat(seen.getHeaders().values(authority)).containsExactly("orders.test");
          assertThat(seen.getConnectionIndex()).isZero();
          assertThat(seen.getExchangeIndex()).isEqualTo(i);
        }
      }
    }
  }

  @Test
  void aSecureEndpointIsCalledOverTlsWhateverTheUrlSays() throws Exception {
    HeldCertificate certificate = certificate("orders.test");
    try (Rig rig = secure(certificate, 1, Protocol.HTTP_2)) {
      rig.always(OK);
      OkHttpClient client = trusting(rig, certificate);
      Response response = Rig.fetch(client, "http://orders.test/17");
      assertThat(response.handshake()).isNotNull();
      assertThat(response.request().url()).hasToString("http://orders.test/17");
      assertThat(rig.server().takeRequest().getHandshakeServerNames())
          .containsExactly("orders.test");
      rig.assertEnded(Outcome.SUCCESS);
    }
  }

  @Test
  void anHttpsUrlIsNeverSentInClear() throws Exception {
    try (ServerSocket plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Rig rig =
            Rig.of(
                Rig.start(1, server -> server),
                endpoint -> Endpoint.builder("127.0.0.1", plain.getLocalPort()),
                settings -> settings)) {
      OkHttpClient client = rig.client();
      FutureTask<Integer> firstByte =
          new FutureTask<>(
              () -> {
                try (Socket socket = plain.accept()) {
                  return socket.getInputStream().read();
                }
              });
      new Thread(firstByte).start();
      assertThatThrownBy(() -> Rig.fetch(client, "https://orders/17"))
          .isInstanceOf(IOException.class);
      assertThat(firstByte.get()).as("a TLS handshake").isEqualTo(22);
      rig.assertEnded(Outcome.UNREACHABLE);
    }
  }

  @Test
  void aCertificateOfAnotherServiceIsRefusedAndCountsAgainstTheEndpoint() throws Exception {
    HeldCertificate certificate = certificate("payments.test");
    try (Rig rig = secure(certificate, 1, Protocol.HTTP_2)) {
      rig.always(OK);
      OkHttpClient client = trusting(rig, certificate);
      assertThatThrownBy(() -> Rig.fetch(client, "https://orders.test/17"))
          .isInstanceOf(SSLPeerUnverifiedException.class);
      assertThat(rig.server().getRequestCount()).isZero();
      rig.assertEnded(Outcome.UNREACHABLE);
    }
  }

  @Test
  void aCertificateForTheAddressAloneIsRefused() throws Exception {
    HeldCertificate certificate = certificate("127.0.0.1");
    try (Rig rig = secure(certificate, 1, Protocol.HTTP_2)) {
      rig.always(OK);
      OkHttpClient client = trusting(rig, certificate);
      assertThatThrownBy(() -> Rig.fetch(client, "https://orders.test/17"))
          .isInstanceOf(SSLPeerUnverifiedException.class);
      rig.assertEnded(Outcome.UNREACHABLE);
    }
  }

  @Test
  void twoServicesAtOneAddressDoNotShareAConnection() throws Exception {
    HeldCertificate certificate = certificate("orders.test", "payments.test");
    try (Rig rig = secure(certificate, 1, Protocol.HTTP_2);
        Balancer payments =
            Balancer.builder("payments.test")
                .source(
                    EndpointSource.of(
                        Endpoint.builder("127.0.0.1", rig.server().getPort()).build()))
                .strategy(RoundRobin.of())
                .build()) {
      // 421 is what makes OkHttp send again what it coalesced.
      rig.always(new MockResponse.Builder().code(421));
      OkHttpClient client =
          trust(
                  certificate,
                  BalancerInterceptor.of(rig.orders, payments).install(new OkHttpClient.Builder()))
              .build();
      assertThat(Rig.fetch(client, "https://orders.test/").code()).isEqualTo(421);
      assertThat(Rig.fetch(client, Rig.post("https://payments.test/", "x")).code()).isEqualTo(421);
      assertThat(rig.server().getRequestCount()).isEqualTo(2);
      assertThat(rig.server().takeRequest().getHandshakeServerNames())
          .containsExactly("orders.test");
      assertThat(rig.server().takeRequest().getHandshakeServerNames())
          .containsExactly("payments.test");
      client.connectionPool().evictAll();
    }
  }

  private static HeldCertificate certificate(String... names) {
    HeldCertificate.Builder certificate = new HeldCertificate.Builder().commonName(names[0]);
    for (String name : names) {
      certificate.addSubjectAlternativeName(name);
    }
    return certificate.build();
  }

  private static Rig secure(HeldCertificate certificate, int servers, Protocol protocol) {
    HandshakeCertificates held =
        new HandshakeCertificates.Builder().heldCertificate(certificate).build();
    List<Protocol> protocols =
        protocol == Protocol.HTTP_2
            ? List.of(Protocol.HTTP_2, Protocol.HTTP_1_1)
            : List.of(Protocol.HTTP_1_1);
    return Rig.named(
        "orders.test",
        Rig.start(
            servers,
            server -> {
              server.useHttps(held.sslSocketFactory());
              server.setProtocols(protocols);
              return server;
            }),
        endpoint -> endpoint.secure(true));
  }

  private static OkHttpClient trusting(Rig rig, HeldCertificate certificate) {
    return rig.client(client -> trust(certificate, client));
  }

  private static OkHttpClient.Builder trust(
      HeldCertificate certificate, OkHttpClient.Builder client) {
    HandshakeCertificates trusted =
        new HandshakeCertificates.Builder()
            .addTrustedCertificate(certificate.certificate())
            .build();
    return client.sslSocketFactory(trusted.sslSocketFactory(), trusted.trustManager());
  }
}
