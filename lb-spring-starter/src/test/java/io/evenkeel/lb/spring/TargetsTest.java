package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import java.net.URI;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetsTest {
  private static final Endpoint PLAIN = Endpoint.of("10.0.0.1", 8080);
  private static final List<Endpoint> ENDPOINTS =
      List.of(
          PLAIN,
          Endpoint.of("fe80::1", 80),
          Endpoint.builder("b.example", 8443).secure(true).build(),
          Endpoint.of("b.example", 8443));

  @ParameterizedTest
  @CsvSource({
    "http://orders, http://10.0.0.1:8080",
    "http://orders/, http://10.0.0.1:8080/",
    "http://orders/1, http://10.0.0.1:8080/1",
    "http://orders?a=b, http://10.0.0.1:8080?a=b",
    "http://orders/?a=b, http://10.0.0.1:8080/?a=b",
    "http://orders/a/../b/./c, http://10.0.0.1:8080/a/../b/./c",
    "http://orders//a//b/, http://10.0.0.1:8080//a//b/",
    "http://orders/.hidden/a.b/..., http://10.0.0.1:8080/.hidden/a.b/...",
    "http://orders/a:b/c, http://10.0.0.1:8080/a:b/c",
    "http://orders/a%2Fb%20c?q=%26&r=/../x//y, http://10.0.0.1:8080/a%2Fb%20c?q=%26&r=/../x//y",
    "http://orders/ä?ö=ü, http://10.0.0.1:8080/ä?ö=ü",
    "http://orders/a#part, http://10.0.0.1:8080/a",
    "http://user:word@orders/a, http://user:word@10.0.0.1:8080/a",
    "http://my_orders/a, http://10.0.0.1:8080/a",
    "HTTP://Orders:80/a, http://10.0.0.1:8080/a",
    "https://orders/a, https://10.0.0.1:8080/a"
  })
  void whatFollowsTheAuthorityIsAsItIsWritten(URI service, String expected) {
    assertThat(Targets.at(PLAIN, service)).isEqualTo(URI.create(expected)).hasToString(expected);
  }

  /** Two ways lead there, of which one has to see what the other would do. */
  @Test
  void anyUriIsTheSameAsIfItHadBeenParsed() {
    SplittableRandom random = new SplittableRandom(20_261_122);
    List<String> pieces =
        List.of("/", "a", ".", "..", ":", "%2F", "%2e", "?", "=", "&", ";", "~", "@", "ä", "b1");
    for (int i = 0; i < 20_000; i++) {
      StringBuilder tail = new StringBuilder("/");
      for (int j = random.nextInt(8); j > 0; j--) {
        tail.append(pieces.get(random.nextInt(pieces.size())));
      }
      String scheme = random.nextInt(8) == 0 ? "https" : "http";
      Endpoint endpoint = ENDPOINTS.get(random.nextInt(ENDPOINTS.size()));
      boolean secure = endpoint.secure() || scheme.equals("https");
      URI expected = URI.create((secure ? "https://" : "http://") + endpoint.authority() + tail);
      URI actual = Targets.at(endpoint, URI.create(scheme + "://orders" + tail));
      assertThat(actual).isEqualTo(expected).hasToString(expected.toString());
      assertThat(actual.getHost()).isEqualTo(expected.getHost());
      assertThat(actual.getPort()).isEqualTo(expected.getPort());
      assertThat(actual.getRawPath()).isEqualTo(expected.getRawPath());
      assertThat(actual.getRawQuery()).isEqualTo(expected.getRawQuery());
    }
  }
}
