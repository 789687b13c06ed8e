package io.evenkeel.lb.spring.actuator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;

import io.evenkeel.lb.health.HealthState;
import io.evenkeel.lb.spring.WhereAskedFor;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.csrf.CsrfWebFilter;
import org.springframework.security.web.server.util.matcher.AndServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.NegatedServerWebExchangeMatcher;

/** The endpoint and its page behind Spring Security. */
@Timeout(180)
class SecuredPageTest {
  private static final String BASE = "/actuator/loadbalancers";
  private static final List<String> PATHS =
      List.of("", "/orders", "/ui", "/ui/page.js", "/ui/page.css", "/ui/events");
  private static final String DRAIN =
      """
      {"service":"orders","endpoint":"127.0.0.1:1","action":"drain","reason":"new disk"}""";
  private static final String USER = "operator:secret";

  private final HttpClient client = HttpClient.newHttpClient();

  /**
   * Only who has a name and password may use the actuator.
   *
   * @param ordersPass whether protection from requests of other sites leaves out this endpoint
   */
  private static Site site(WebApplicationType stack, boolean ordersPass) {
    return Site.of(
        stack,
        context -> {
          if (stack == WebApplicationType.SERVLET) {
            context.registerBean(
                SecurityFilterChain.class, () -> servletChain(context, ordersPass));
          } else {
            context.registerBean(
                SecurityWebFilterChain.class, () -> reactiveChain(context, ordersPass));
          }
        },
        WhereAskedFor.SECURITY + "=true",
        "spring.security.user.name=operator",
        "spring.security.user.password=secret",
        "evenkeel.services.orders.endpoints=127.0.0.1:1,127.0.0.1:2",
        "evenkeel.actuator.writes=true");
  }

  private static SecurityFilterChain servletChain(
      GenericApplicationContext context, boolean ordersPass) {
    HttpSecurity http = context.getBean(HttpSecurity.class);
    http.authorizeHttpRequests(
            all ->
                all.requestMatchers(EndpointRequest.toAnyEndpoint())
                    .authenticated()
                    .anyRequest()
                    .permitAll())
        .httpBasic(withDefaults());
    if (ordersPass) {
      http.csrf(csrf -> csrf.ignoringRequestMatchers(EndpointRequest.to("loadbalancers")));
    }
    return http.build();
  }

  private static SecurityWebFilterChain reactiveChain(
      GenericApplicationContext context, boolean ordersPass) {
    var endpoints =
        org.springframework.boot.security.autoconfigure.actuate.web.reactive.EndpointRequest
            .toAnyEndpoint();
    var ours =
        org.springframework.boot.security.autoconfigure.actuate.web.reactive.EndpointRequest.to(
            "loadbalancers");
    ServerHttpSecurity http = context.getBean(ServerHttpSecurity.class);
    http.authorizeExchange(all -> all.matchers(endpoints).authenticated().anyExchange().permitAll())
        .httpBasic(withDefaults());
    if (ordersPass) {
      http.csrf(
          csrf ->
              csrf.requireCsrfProtectionMatcher(
                  new AndServerWebExchangeMatcher(
                      CsrfWebFilter.DEFAULT_CSRF_MATCHER,
                      new NegatedServerWebExchangeMatcher(ours))));
    }
    return http.build();
  }

  private static HttpRequest.Builder as(String user, HttpRequest.Builder request) {
    String encoded = Base64.getEncoder().encodeToString(user.getBytes(UTF_8));
    return request.header("Authorization", "Basic " + encoded);
  }

  private static HttpRequest.Builder order(Site site) {
    return site.request(BASE + "/ui/order")
        .header("Content-Type", "application/json")
        .header("X-Evenkeel", "1")
        .POST(HttpRequest.BodyPublishers.ofString(DRAIN));
  }

  private static HealthState state(Site site) {
    return site.health().endpoints("orders").get(0).state();
  }

  private int status(HttpRequest.Builder request) throws Exception {
    HttpResponse<InputStream> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    answer.body().close();
    return answer.statusCode();
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void nobodySeesItAndAUserDoes(WebApplicationType stack) throws Exception {
    try (Site site = site(stack, false)) {
      for (String path : PATHS) {
        assertThat(status(site.request(BASE + path))).as(path).isEqualTo(401);
        assertThat(status(as("operator:guess", site.request(BASE + path)))).isEqualTo(401);
        assertThat(status(as(USER, site.request(BASE + path)))).as(path).isEqualTo(200);
      }
      assertThat(site.send(as(USER, site.request(BASE + "/ui"))).body())
          .contains("<title>Load balancers</title>");
      assertThat(site.send(as(USER, site.request(BASE))).body()).contains("\"name\":\"orders\"");
    }
  }

  /** Spring Security does not know that orders have a protection of their own. */
  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void whereOrdersAreNotLeftOutOfCsrfProtectionTheyAreRefused(WebApplicationType stack)
      throws Exception {
    try (Site site = site(stack, false)) {
      HttpResponse<String> answer = site.send(as(USER, order(site)));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
      assertThat(state(site)).isEqualTo(HealthState.UP);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void whereTheyAreLeftOutAUserGivesThemInTheirName(WebApplicationType stack) throws Exception {
    try (Site site = site(stack, true)) {
      assertThat(status(order(site))).isEqualTo(401);
      assertThat(status(as(USER, order(site)).header("Sec-Fetch-Site", "cross-site")))
          .isEqualTo(403);
      assertThat(status(as(USER, order(site)).setHeader("X-Evenkeel", "0"))).isEqualTo(403);
      assertThat(state(site)).isEqualTo(HealthState.UP);
      HttpResponse<String> answer = site.send(as(USER, order(site)));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(state(site)).isEqualTo(HealthState.DRAINING);
      assertThat(site.health().endpoints("orders").get(0).why()).isEqualTo("by operator: new disk");
    }
  }
}
