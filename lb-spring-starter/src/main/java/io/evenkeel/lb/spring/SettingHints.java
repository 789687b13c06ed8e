package io.evenkeel.lb.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * What a native image cannot find out by itself about settings. That properties are bound is known
 * to Spring Boot.
 */
final class SettingHints implements RuntimeHintsRegistrar {
  @Override
  public void registerHints(RuntimeHints hints, @Nullable ClassLoader loader) {
    // Groups of settings are looked into, and made of those of a service and of all.
    new BindingReflectionHintsRegistrar()
        .registerReflectionHints(hints.reflection(), EvenkeelProperties.class);
    // Judges asks whether it is there.
    hints.reflection().registerTypeIfPresent(loader, Judges.HTTP_PROBE);
  }
}
