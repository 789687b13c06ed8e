package io.evenkeel.example.spring;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** An instance of a service: it says what it is asked for, and by whom it was said. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(ServiceApplication.Answers.class)
class ServiceApplication {
  @RestController
  static class Answers {
    private final String instance;
    private final String service;

    Answers(
        @Value("${example.instance}") String instance,
        @Value("${spring.application.name}") String service) {
      this.instance = instance;
      this.service = service;
    }

    @GetMapping("/{id}")
    String get(@PathVariable String id) {
      return service + " of " + id + " by " + instance;
    }
  }
}
