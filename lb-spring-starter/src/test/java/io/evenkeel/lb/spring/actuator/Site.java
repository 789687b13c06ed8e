package io.evenkeel.lb.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.spring.Contexts;
import io.evenkeel.lb.spring.LoadBalancers;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;

/** An application with a web server, auto-configured, and a client of it. */
final class Site implements AutoCloseable {
  final ConfigurableApplicationContext context;
  private final HttpClient client = HttpClient.newHttpClient();

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class App {}

  /** What an application adds. */
  interface Beans {
    void register(GenericApplicationContext context);
  }

  private Site(ConfigurableApplicationContext context) {
    this.context = context;
  }

  static Site of(WebApplicationType stack, String... properties) {
    return of(stack, context -> {}, properties);
  }

  /** Without a service unless one is set. */
  static Site of(WebApplicationType stack, Beans beans, String... properties) {
    return new Site(
        new SpringApplicationBuilder(App.class)
            .web(stack)
            .initializers(context -> beans.register((GenericApplicationContext) context))
            .properties(
                "management.endpoints.web.exposure.include=loadbalancers",
                "spring.main.banner-mode=off",
                "spring.cloud.discovery.enabled=false",
                "logging.level.root=warn")
            .properties(Contexts.quick())
            .properties(Contexts.server())
            .properties(properties)
            .run());
  }

  LoadBalancers balancers() {
    return context.getBean(LoadBalancers.class);
  }

  HealthRegistry health() {
    return context.getBean(HealthRegistry.class);
  }

  Viewers viewers() {
    return context.getBean(Viewers.class);
  }

  String url(String path) {
    return "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + path;
  }

  String managementUrl(String path) {
    return "http://127.0.0.1:"
        + context.getEnvironment().getProperty("local.management.port")
        + path;
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url(path)));
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(request(path));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return client.send(
        request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<InputStream> watch() throws IOException, InterruptedException {
    return client.send(
        request("/actuator/loadbalancers/ui/events").build(),
        HttpResponse.BodyHandlers.ofInputStream());
  }

  static void eventually(String what, BooleanSupplier holds) {
    long begin = System.nanoTime();
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime() - begin).as(what).isLessThan(TimeUnit.SECONDS.toNanos(60));
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
