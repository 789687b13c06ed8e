package io.evenkeel.example.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.aot.AotDetector;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.SpringProperties;
import picocli.CommandLine;

@Timeout(180)
class ShopTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return new CommandLine(new Shop())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(args);
  }

  @Test
  void noVisitorNoticesThatAnInstanceEnds() {
    assertThat(run("--seconds", "6", "--rate", "50", "--port", "0")).as("%s%s", out, err).isZero();
    assertThat(out.toString())
        .containsPattern("orders-1 was ended: [1-9][0-9]* served, 0 not")
        .containsPattern("orders-1 is back: [1-9][0-9]* served, 0 not")
        .containsPattern("[1-9][0-9]* visitors were served, 0 were not");
  }

  /** As it would run in a native image: by the code that Spring has generated in this build. */
  @Test
  void theShopServesAsProcessedAheadOfTime() throws Exception {
    try (Fleet orders = new Fleet("orders", 2);
        Fleet prices = new Fleet("prices", 1)) {
      SpringProperties.setFlag(AotDetector.AOT_ENABLED);
      try (ConfigurableApplicationContext shop = Shop.start(orders, prices, 0)) {
        for (int i = 0; i < 4; i++) {
          assertThat(get(shop, "/cart/17"))
              .matches("orders of 17 by orders-[12], prices of 17 by prices-1\\R");
        }
        assertThat(get(shop, "/actuator/loadbalancers/orders")).contains("\"endpointsTotal\":2");
        assertThat(get(shop, "/actuator/loadbalancers/ui")).contains("<html");
      } finally {
        SpringProperties.setProperty(AotDetector.AOT_ENABLED, null);
      }
    }
  }

  private static String get(ConfigurableApplicationContext shop, String path) throws Exception {
    String port = shop.getEnvironment().getProperty("local.server.port");
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @ParameterizedTest
  @CsvSource({"--seconds, 2, 3..3600", "--rate, 0, 1..1000"})
  void whatIsOutOfRangeIsNamed(String option, String value, String expected) {
    assertThat(run(option, value)).isEqualTo(2);
    assertThat(err.toString()).contains(option + ": " + value + " (expected: " + expected + ")");
  }
}
