package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.strategy.Affinity;
import io.evenkeel.lb.strategy.Rendezvous;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import mockwebserver3.MockResponse;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;

class AffinityTest {
  private static final Request PLAIN = Rig.get("http://orders/");

  @Test
  void requestsOfOneKeyGoToOneEndpointAndKeysAreSpread() throws Exception {
    try (Rig rig = rig()) {
      OkHttpClient client =
          client(
              rig,
              each -> each.affinity(AffinityKey.header("X-Account"), Affinity.ofProcess()::of));
      Set<Endpoint> all = new HashSet<>();
      for (int account = 0; account < 30; account++) {
        Set<Endpoint> served = new HashSet<>();
        for (int i = 0; i < 4; i++) {
          served.add(serving(client, with("X-Account", "account " + account)));
        }
        assertThat(served).hasSize(1);
        all.addAll(served);
      }
      assertThat(all).hasSize(4);
      Set<Endpoint> keyless = new HashSet<>();
      for (int i = 0; i < 60; i++) {
        keyless.add(serving(client, PLAIN));
      }
      assertThat(keyless).as("requests without a key").hasSize(4);
    }
  }

  @Test
  void clientsThatShareASeedAgree() throws Exception {
    try (Rig rig = rig()) {
      OkHttpClient one =
          client(rig, each -> each.affinity(AffinityKey.cookie("session"), Affinity.seeded(7)::of));
      OkHttpClient other =
          client(
              rig,
              each -> each.affinity(request -> Affinity.seeded(7).of(request.url().encodedPath())));
      for (String key : new String[] {"a", "b", "c", "d", "e", "f", "g"}) {
        assertThat(serving(one, with("Cookie", "x=1; session=/" + key + "; y=2")))
            .isEqualTo(serving(other, Rig.get("http://orders/" + key)));
      }
    }
  }

  @Test
  void theContextOfARequestComesFirst() throws Exception {
    try (Rig rig = rig()) {
      OkHttpClient client = client(rig, each -> each.affinity(request -> request.hashCode()));
      RequestContext context =
          new RequestContext() {
            @Override
            public long affinity() {
              return 1234;
            }
          };
      Set<Endpoint> served = new HashSet<>();
      for (int i = 0; i < 20; i++) {
        Request request = with("X-Any", "" + i);
        served.add(
            serving(client, request.newBuilder().tag(RequestContext.class, context).build()));
      }
      assertThat(served).hasSize(1);
    }
  }

  @Test
  void anAffinityThatThrowsIsNone() throws Exception {
    try (Rig rig = rig()) {
      OkHttpClient client =
          client(
              rig,
              each ->
                  each.affinity(
                      request -> {
                        throw new IllegalStateException("no affinity");
                      }));
      Set<Endpoint> served = new HashSet<>();
      for (int i = 0; i < 60; i++) {
        served.add(serving(client, PLAIN));
      }
      assertThat(served).hasSize(4);
    }
  }

  @Test
  void aHeaderIsFoundWhateverItsCase() {
    AffinityKey key = AffinityKey.header("X-Account");
    assertThat(key.find(with("x-account", "17"))).isEqualTo("17");
    assertThat(key.find(PLAIN)).isNull();
    assertThat(key.find(with("X-Account", ""))).isNull();
    assertThat(key).hasToString("AffinityKey[header X-Account]");
  }

  @Test
  void aCookieIsFoundByItsWholeName() {
    AffinityKey key = AffinityKey.cookie("id");
    assertThat(key.find(with("Cookie", "id=7"))).isEqualTo("7");
    assertThat(key.find(with("cookie", "xid=1; id=a=b ;id=3"))).isEqualTo("a=b");
    assertThat(key.find(with("Cookie", "ID=1; idx=2; id"))).isNull();
    assertThat(key.find(with("Cookie", "id=; x=1"))).isNull();
    Request two = PLAIN.newBuilder().addHeader("Cookie", "a=1").addHeader("Cookie", "id=9").build();
    assertThat(key.find(two)).isEqualTo("9");
    assertThat(key.find(PLAIN)).isNull();
  }

  @Test
  void aSourceAddressIsTheFirstOfItsHeaderWithoutAPort() {
    AffinityKey key = AffinityKey.sourceAddress("X-Forwarded-For");
    assertThat(key.find(with("X-Forwarded-For", "10.0.0.1"))).isEqualTo("10.0.0.1");
    assertThat(key.find(with("X-Forwarded-For", " 10.0.0.1:4711 , 10.0.0.2")))
        .isEqualTo("10.0.0.1");
    assertThat(key.find(with("X-Forwarded-For", "2001:db8::1, 10.0.0.2"))).isEqualTo("2001:db8::1");
    assertThat(key.find(with("X-Forwarded-For", "[2001:db8::1]:80"))).isEqualTo("2001:db8::1");
    assertThat(key.find(with("X-Forwarded-For", "[broken"))).isEqualTo("[broken");
    assertThat(key.find(with("X-Forwarded-For", ", 10.0.0.2"))).isNull();
    assertThat(key.find(PLAIN)).isNull();
  }

  @Test
  void namesAreNotBlank() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AffinityKey.header(" "))
        .withMessage("name: \" \" (expected: not blank)");
    assertThatIllegalArgumentException().isThrownBy(() -> AffinityKey.cookie(""));
    assertThatIllegalArgumentException().isThrownBy(() -> AffinityKey.sourceAddress(""));
  }

  private static Rig rig() {
    Rig rig =
        Rig.of(
            Rig.start(4, server -> server),
            endpoint -> endpoint,
            settings -> settings.strategy(Rendezvous.of()));
    rig.always(new MockResponse.Builder());
    return rig;
  }

  private static OkHttpClient client(
      Rig rig, Function<BalancerInterceptor.Builder, BalancerInterceptor.Builder> settings) {
    return settings
        .apply(BalancerInterceptor.builder().balancer(rig.orders))
        .build()
        .install(new OkHttpClient.Builder())
        .build();
  }

  private static Endpoint serving(OkHttpClient client, Request request) throws Exception {
    try (Response response = client.newCall(request).execute()) {
      Endpoint endpoint = response.request().tag(Endpoint.class);
      assertThat(endpoint).isNotNull();
      return endpoint;
    }
  }

  private static Request with(String header, String value) {
    return PLAIN.newBuilder().header(header, value).build();
  }
}
