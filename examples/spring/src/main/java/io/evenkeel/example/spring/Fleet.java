package io.evenkeel.example.spring;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The instances of one service, on ports of their own. Used by one thread. */
final class Fleet implements AutoCloseable {
  private final String service;
  private final List<Integer> ports = new ArrayList<>();
  private final List<ConfigurableApplicationContext> instances = new ArrayList<>();

  Fleet(String service, int size) {
    this.service = service;
    try {
      for (int i = 0; i < size; i++) {
        ConfigurableApplicationContext instance = run(i, 0);
        instances.add(instance);
        String port = instance.getEnvironment().getProperty("local.server.port");
        ports.add(Integer.valueOf(requireNonNull(port)));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private ConfigurableApplicationContext run(int instance, int port) {
    return new SpringApplicationBuilder(ServiceApplication.class)
        .properties(
            "spring.config.name=service",
            "spring.application.name=" + service,
            "example.instance=" + name(instance),
            "server.port=" + port)
        .run();
  }

  String name(int instance) {
    return service + '-' + (instance + 1);
  }

  /** As a property says them. */
  String endpoints() {
    return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
  }

  /** Ends an instance at once. */
  void stop(int instance) {
    instances.get(instance).close();
  }

  /** Starts an instance that was ended, where it was. */
  void restart(int instance) {
    instances.set(instance, run(instance, ports.get(instance)));
  }

  @Override
  public void close() {
    instances.forEach(ConfigurableApplicationContext::close);
  }
}
