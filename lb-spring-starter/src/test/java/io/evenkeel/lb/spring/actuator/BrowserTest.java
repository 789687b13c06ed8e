package io.evenkeel.lb.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.health.HealthState;
import io.evenkeel.lb.health.Order;
import io.evenkeel.lb.testkit.ManualSource;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.Select;
import org.springframework.boot.WebApplicationType;

/** The page as people see and use it. */
@Timeout(240)
class BrowserTest {
  private static final String PAGE = "/actuator/loadbalancers/ui";
  private static final String THREE =
      "evenkeel.services.orders.endpoints=127.0.0.1:1 zone=a,127.0.0.1:2 weight=3,127.0.0.1:3";
  private static final String WRITES = "evenkeel.actuator.writes=true";

  @TempDir(cleanup = CleanupMode.NEVER)
  Path profile;

  @BeforeAll
  static void chromium() {
    Browser.require();
  }

  private static String authority(ServerProcess server) {
    return server.host() + ":" + server.port();
  }

  private static String row(String id) {
    return "tr[data-endpoint='" + id + "']";
  }

  private Browser open(Site site) {
    Browser browser = Browser.open(profile, site.url(PAGE));
    browser.untilText("#live-text", "Live");
    return browser;
  }

  @Test
  @SuppressWarnings("try") // load is there to be ended
  void aKilledServerIsSeen() throws Exception {
    try (ServerProcess first = ServerProcess.start();
        ServerProcess second = ServerProcess.start();
        ServerProcess third = ServerProcess.start();
        Site site =
            Site.of(
                WebApplicationType.SERVLET,
                "evenkeel.defaults.health.ejection.base=8s",
                "evenkeel.services.orders.endpoints="
                    + List.of(first, second, third).stream()
                        .map(BrowserTest::authority)
                        .collect(Collectors.joining(",")));
        Load load = new Load(site.balancers().failover("orders"), 3, 10);
        Browser browser = open(site)) {
      String victim = row(authority(second));
      browser.untilText(victim + " .state", "up");
      browser.until(
          "rates are shown",
          any ->
              !browser.find(victim + " td:nth-child(7)").getText().matches("0|–")
                  && !browser.find(victim + " td:nth-child(9)").getText().equals("–"));
      second.kill();
      browser.untilText(victim + " .state", "ejected");
      browser.untilText(".events li .kind", "ejected");
      browser.untilText(".tile:nth-child(1) dd", "2 of 3");
      browser.untilText(victim + " .why", "until");
      browser.until(
          "the line of rates",
          any -> {
            String path = browser.find(victim + " .spark.rate path:last-child").getAttribute("d");
            return path != null && path.startsWith("M");
          });
      browser.photograph("page-killed.png");
      second.restart();
      browser.until(
          "it is in service again",
          any -> browser.find(victim + " .state").getText().matches("up|ramping|probation"));
      assertThat(browser.complaints()).isEmpty();
    }
  }

  @Test
  void anEndpointIsDrainedAndEnabledByClick() {
    try (Site site = Site.of(WebApplicationType.REACTIVE, THREE, WRITES);
        Browser browser = open(site)) {
      browser.find(row("127.0.0.1:2") + " .orders button[aria-label^=Drain]").click();
      browser.untilText("dialog h2", "Drain 127.0.0.1:2");
      browser.find("#order-give").click();
      browser.untilText("#order-error", "reason: ");
      assertThat(site.health().endpoints("orders").get(1).state()).isEqualTo(HealthState.UP);
      browser.find("#order-reason").sendKeys("new disk <b>");
      browser.find("#order-give").click();
      browser.untilText("#notice", "127.0.0.1:2 of orders is drained.");
      browser.untilText(row("127.0.0.1:2") + " .state", "draining");
      browser.untilText(row("127.0.0.1:2") + " .why", "new disk <b>");
      assertThat(site.health().endpoints("orders").get(1).state()).isEqualTo(HealthState.DRAINING);

      browser.find(row("127.0.0.1:2") + " .orders button[aria-label^=Weigh]").click();
      WebElement share = browser.find("#order-share");
      share.clear();
      share.sendKeys("25");
      browser.find("#order-reason").sendKeys(" and more", Keys.ENTER);
      browser.untilText(row("127.0.0.1:2") + " .why", "25.0 % of its weight");

      browser.find(row("127.0.0.1:2") + " .orders button[aria-label^=Enable]").click();
      browser.find("#order-give").click();
      browser.until(
          "it is up", any -> browser.find(row("127.0.0.1:2") + " .why").getText().isEmpty());
      // The browser's own line about the answer 400.
      assertThat(browser.complaints()).hasSize(1);
    }
  }

  @Test
  void withoutWritesThereAreNoButtons() {
    try (Site site = Site.of(WebApplicationType.SERVLET, THREE);
        Browser browser = open(site)) {
      browser.find(row("127.0.0.1:1"));
      assertThat(browser.all(".orders button")).noneMatch(WebElement::isDisplayed);
      assertThat(browser.find("th:last-child").isDisplayed()).isFalse();
      assertThat(browser.complaints()).isEmpty();
    }
  }

  @Test
  void hostileTextStaysText() {
    List<String> hostile =
        List.of(
            "<img src=x onerror=window.hit=1>",
            "\"><script>window.hit=1</script>",
            "' onmouseover='window.hit=1",
            "javascript:window.hit=1",
            "</td></tr></table><h1>gone</h1>",
            "${window.hit=1}{{window.hit=1}}&lt;b&gt;",
            "__proto__");
    List<Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < hostile.size(); i++) {
      endpoints.add(
          Endpoint.builder("10.0.0." + i, 80)
              .id(hostile.get(i))
              .zone(hostile.get(i))
              .metadata("note", hostile.get(i))
              .build());
    }
    ManualSource source = ManualSource.of(endpoints.toArray(Endpoint[]::new));
    try (Site site =
            Site.of(
                WebApplicationType.SERVLET,
                context -> context.registerBean("orders", EndpointSource.class, () -> source));
        Browser browser = open(site)) {
      for (String each : hostile) {
        site.health().disable("orders", each, Order.by(each, each + "\u202e\u0007\n"));
      }
      source.fail(
          new IllegalStateException("<img src=x onerror=window.hit=1>\u202egpj.exe\r\n\u0000"));
      browser.untilText(".events li", "source failed");
      browser.until(
          "all are disabled",
          any ->
              browser.all("tr[data-endpoint] .state").stream()
                      .filter(state -> state.getText().equals("disabled"))
                      .count()
                  == hostile.size());
      List<String> names = new ArrayList<>();
      List<String> zones = new ArrayList<>();
      for (WebElement row : browser.all("tr[data-endpoint]")) {
        names.add(row.findElement(By.cssSelector(".name bdi")).getText());
        zones.add(row.findElement(By.cssSelector(".zone")).getText());
        assertThat(row.findElement(By.cssSelector(".why")).getText())
            .contains("\\u202e\\u0007\\u000a");
      }
      assertThat(names).containsExactlyInAnyOrderElementsOf(hostile);
      assertThat(zones).containsExactlyInAnyOrderElementsOf(hostile);
      assertThat(browser.find(".events ol").getText())
          .contains("<img src=x onerror=window.hit=1>\\u202egpj.exe\\u000d\\u000a\\u0000")
          .doesNotContain("\u202e");
      assertThat(browser.all("main img, main script, main h1, main b")).isEmpty();
      browser.find("#search").sendKeys(hostile.get(0));
      browser.until("one is found", any -> browser.all("tr[data-endpoint]").size() == 1);
      assertThat(browser.script("return String(window.hit)")).isEqualTo("undefined");
      assertThat(browser.complaints()).isEmpty();
    }
  }

  @Test
  void aThousandEndpointsAreShownAndFiltered() throws Exception {
    String endpoints =
        IntStream.range(0, 1000)
            .mapToObj(
                i -> "10.0." + i / 250 + "." + i % 250 + ":80 zone=" + (i % 2 == 0 ? "a" : "b"))
            .collect(Collectors.joining(","));
    try (Site site =
            Site.of(
                WebApplicationType.SERVLET,
                "evenkeel.services.orders.endpoints=" + endpoints,
                "evenkeel.services.users.endpoints=127.0.0.1:1");
        Browser browser = open(site)) {
      browser.untilText("[data-service=orders] .under", "1,000 endpoints");
      assertThat(browser.all("[data-service=orders] tr[data-endpoint]")).hasSize(50);
      browser.untilText(".pages", "page 1 of 20");
      browser.find(".pages button:last-child").click();
      browser.untilText(".pages", "page 2 of 20");
      assertThat(browser.find("[data-service=orders] tr[data-endpoint] .name").getText())
          .contains("10.0.0.50:80");
      browser.find("#search").sendKeys("10.0.3.17:");
      browser.until(
          "one is found",
          any -> browser.all("[data-service=orders] tr[data-endpoint]").size() == 1);
      browser.untilText("[data-service=orders] .under", "1 of 1,000 endpoints");
      assertThat(browser.find("[data-service=users]").isDisplayed()).isFalse();
      browser.find("#search").sendKeys(Keys.ESCAPE);
      browser.until("all are back", any -> browser.find("[data-service=users]").isDisplayed());
      site.health().disable("orders", "10.0.2.9:80", Order.by("ann", "new disk"));
      new Select(browser.find("#show")).selectByValue("out");
      browser.until(
          "what is out of service is found",
          any ->
              browser.all("[data-service=orders] tr[data-endpoint]").size() == 1
                  && browser.find("[data-service=orders] .name").getText().contains("10.0.2.9:80"));
      browser.photograph("page-thousand.png");
      assertThat(browser.complaints()).isEmpty();
    }
  }

  @Test
  void itHasLightAndDarkColoursThatCanBeRead() throws Exception {
    try (Site site = Site.of(WebApplicationType.SERVLET, THREE);
        Browser browser = open(site)) {
      browser.find(row("127.0.0.1:1"));
      browser.prefers("light");
      double light = luminance(browser, "document.querySelector('.service')", "backgroundColor");
      browser.prefers("dark");
      double dark = luminance(browser, "document.querySelector('.service')", "backgroundColor");
      assertThat(light).isGreaterThan(0.8);
      assertThat(dark).isLessThan(0.1);
      for (String colours : List.of("light", "dark")) {
        browser.prefers(colours);
        double card = luminance(browser, "document.querySelector('.service')", "backgroundColor");
        for (String css :
            List.of("h2", ".strategy", ".state", "td.why", "thead button", ".tile dt")) {
          double text =
              luminance(browser, "document.querySelector('.service " + css + "')", "color");
          double contrast = (Math.max(card, text) + 0.05) / (Math.min(card, text) + 0.05);
          assertThat(contrast).as(colours + " " + css).isGreaterThanOrEqualTo(4.5);
        }
      }
      browser.photograph("page-dark.png");
    }
  }

  /** Of a colour, as WCAG 2 reckons it. */
  private static double luminance(Browser browser, String element, String property) {
    Object value =
        browser.script(
            "const c = getComputedStyle("
                + element
                + ")."
                + property
                + ".match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)"
                + ".map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);"
                + "return String(0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]);");
    return Double.parseDouble((String) value);
  }

  @Test
  void theSeventeenthViewerIsToldWhyAndComesInLater() throws Exception {
    try (Site site = Site.of(WebApplicationType.SERVLET, THREE)) {
      List<InputStream> streams = new ArrayList<>();
      for (int i = 0; i < Viewers.MOST; i++) {
        streams.add(site.watch().body());
      }
      try (Browser browser = Browser.open(profile, site.url(PAGE))) {
        browser.untilText("#notice", "There are 16 viewers already");
        browser.untilText("#live-text", "Not connected");
        streams.get(0).close();
        browser.untilText("#live-text", "Live");
        browser.find(row("127.0.0.1:1"));
        assertThat(browser.find("#notice").isDisplayed()).isFalse();
      }
      for (InputStream stream : streams) {
        stream.close();
      }
    }
  }

  @Test
  void itIsUsedByKeyboard() {
    try (Site site = Site.of(WebApplicationType.SERVLET, THREE, WRITES);
        Browser browser = open(site)) {
      browser.find(row("127.0.0.1:1"));
      browser.find("body").sendKeys("/");
      WebElement search = browser.driver.switchTo().activeElement();
      assertThat(search.getAttribute("id")).isEqualTo("search");
      search.sendKeys("0.1:3/");
      assertThat(search.getAttribute("value")).isEqualTo("0.1:3/");
      search.sendKeys(Keys.BACK_SPACE);
      browser.until("one is found", any -> browser.all("tr[data-endpoint]").size() == 1);
      search.sendKeys(Keys.ESCAPE);
      browser.until("all are back", any -> browser.all("tr[data-endpoint]").size() == 3);

      WebElement byWeight = browser.find("thead th:nth-child(4) button");
      byWeight.sendKeys(Keys.ENTER);
      browser.until(
          "the heaviest is first",
          any ->
              "127.0.0.1:2"
                  .equals(browser.find("tr[data-endpoint]").getAttribute("data-endpoint")));
      assertThat(browser.find("thead th:nth-child(4)").getAttribute("aria-sort"))
          .isEqualTo("descending");

      // The focus survives that others change, and that rows are painted again.
      browser.script(
          "document.querySelector(\"tr[data-endpoint='127.0.0.1:3'] .orders button\").focus()");
      site.health().disable("orders", "127.0.0.1:1", Order.by("ann", "new disk"));
      browser.untilText(row("127.0.0.1:1") + " .state", "disabled");
      WebElement drain = browser.driver.switchTo().activeElement();
      assertThat(drain.getAttribute("aria-label")).isEqualTo("Drain 127.0.0.1:3");
      drain.sendKeys(Keys.SPACE);
      browser.until("the dialog", any -> browser.find("#order").isDisplayed());
      browser.driver.switchTo().activeElement().sendKeys("new fan", Keys.ENTER);
      browser.untilText(row("127.0.0.1:3") + " .state", "draining");
      assertThat(browser.find("#order").isDisplayed()).isFalse();
      assertThat(browser.complaints()).isEmpty();
    }
  }

  @Test
  void aKeyIsAskedFor() {
    try (Site site =
            Site.of(WebApplicationType.SERVLET, THREE, "evenkeel.services.orders.strategy=maglev");
        Browser browser = open(site)) {
      browser.find(".key input").sendKeys("alice & bob", Keys.ENTER);
      browser.until(
          "all three in an order",
          any -> browser.find(".goes").getText().matches("(127\\S+, then ){2}127\\S+"));
      assertThat(browser.complaints()).isEmpty();
    }
  }
}
