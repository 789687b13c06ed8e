package io.evenkeel.lb.benchmark.boot.shop;

import java.util.List;

/** Arguments of the applications. */
final class Settings {
  /** Those of all. What begins with {@code evenkeel} means nothing without the starter. */
  static final List<String> COMMON =
      List.of(
          "--spring.main.banner-mode=off",
          "--logging.level.root=warn",
          "--evenkeel.discovery.services=orders");

  private Settings() {}

  /** An instance of the service that is called, for Spring Cloud's simple discovery. */
  static String instance(int number, String url) {
    return "--spring.cloud.discovery.client.simple.instances.orders[" + number + "].uri=" + url;
  }
}
