package io.evenkeel.lb.benchmark.boot;

import io.evenkeel.lb.benchmark.boot.shop.PlainShop;
import io.evenkeel.lb.benchmark.boot.shop.Shop;

/** How the application calls. */
enum Way {
  /** As Spring Cloud LoadBalancer is by default: round robin, with a retry elsewhere. */
  SPRING_CLOUD("Spring Cloud", Shop.class, ClassPath.WITHOUT),
  /** The same application, with the starter on its class path. */
  BESIDE("with the starter", Shop.class, ClassPath.WITH),
  /** Without {@code @LoadBalanced}: the starter's own client, with its failover. */
  OWN("the starter's client", PlainShop.class, ClassPath.WITH);

  private final String title;
  private final Class<?> application;
  private final ClassPath classPath;

  Way(String title, Class<?> application, ClassPath classPath) {
    this.title = title;
    this.application = application;
    this.classPath = classPath;
  }

  String title() {
    return title;
  }

  Class<?> application() {
    return application;
  }

  ClassPath classPath() {
    return classPath;
  }
}
