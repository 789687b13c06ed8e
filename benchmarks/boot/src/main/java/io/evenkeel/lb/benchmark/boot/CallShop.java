package io.evenkeel.lb.benchmark.boot;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** The application whose calls are timed. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class CallShop {
  /** What is called. */
  static final String URL = "http://orders/1";

  private static final int ENDPOINTS = 10;

  /** What is measured of calls in the application itself. */
  public enum Meters {
    /** Nothing. */
    NONE,
    /** What Spring Boot's actuator measures, and with the starter what that does by default. */
    ALL,
    /** The same, and each call to a service is an observation as it is where calls are traced. */
    OBSERVED
  }

  /** Starts it. */
  static ConfigurableApplicationContext start(boolean starter, Meters meters) {
    boolean metered = meters != Meters.NONE;
    return new SpringApplicationBuilder(CallShop.class)
        .web(WebApplicationType.NONE)
        .run(
            "--spring.main.banner-mode=off",
            "--logging.level.root=warn",
            "--evenkeel.enabled=" + starter,
            "--evenkeel.services.orders.endpoints=" + endpoints(),
            meters == Meters.ALL ? "" : "--evenkeel.observations.enabled=" + metered,
            "--evenkeel.metrics.enabled=" + metered,
            "--spring.autoconfigure.exclude=" + (metered ? "" : String.join(",", OBSERVING)));
  }

  private static final List<String> OBSERVING =
      List.of(
          "org.springframework.boot.restclient.autoconfigure.RestClientObservationAutoConfiguration",
          "org.springframework.boot.webclient.autoconfigure.WebClientObservationAutoConfiguration");

  private static String endpoints() {
    return IntStream.rangeClosed(1, ENDPOINTS)
        .mapToObj(number -> "127.0.0." + number + ":8080")
        .collect(Collectors.joining(","));
  }
}
