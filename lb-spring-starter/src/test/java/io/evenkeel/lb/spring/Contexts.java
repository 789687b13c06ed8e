package io.evenkeel.lb.spring;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Applications with nothing but what is auto-configured here. */
final class Contexts {
  private Contexts() {}

  static ApplicationContextRunner runner(String... properties) {
    return new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(EvenkeelAutoConfiguration.class))
        .withPropertyValues("evenkeel.drain-timeout=0s")
        .withPropertyValues(properties);
  }

  /** With one service, {@code orders}, of two endpoints. */
  static ApplicationContextRunner orders(String... properties) {
    return runner("evenkeel.services.orders.endpoints=10.0.0.1:8080,10.0.0.2:8080")
        .withPropertyValues(properties);
  }
}
