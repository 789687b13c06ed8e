package io.evenkeel.lb.spring.actuator;

import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.boot.context.properties.bind.BindableRuntimeHintsRegistrar;

/**
 * What a native image cannot find out by itself about the endpoint and its page: what is bound
 * without a bean, what is written and read as JSON, and the files.
 */
final class PageHints implements RuntimeHintsRegistrar {
  @Override
  public void registerHints(RuntimeHints hints, @Nullable ClassLoader loader) {
    BindableRuntimeHintsRegistrar.forTypes(Seeds.class).registerHints(hints);
    new BindingReflectionHintsRegistrar()
        .registerReflectionHints(
            hints.reflection(),
            ServiceView.class,
            KeyView.class,
            Frame.Whole.class,
            Frame.Change.class,
            OrderDesk.Written.class);
    hints.resources().registerPattern("io/evenkeel/lb/spring/actuator/page.*");
  }
}
