package io.evenkeel.lb.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.core.ResolvableType;

class PageHintsTest {
  private final RuntimeHints hints = new RuntimeHints();

  PageHintsTest() {
    new PageHints().registerHints(hints, PageHintsTest.class.getClassLoader());
  }

  @ParameterizedTest
  @ValueSource(strings = {"page.html", "page.css", "page.js"})
  void theFilesAreThere(String name) {
    assertThat(Reply.class.getResource(name)).isNotNull();
    assertThat(
            RuntimeHintsPredicates.resource().forResource("io/evenkeel/lb/spring/actuator/" + name))
        .accepts(hints);
  }

  /** By its accessors, and those of all that is in it. */
  @ParameterizedTest
  @ValueSource(classes = {ServiceView.class, KeyView.class, Frame.Whole.class, Frame.Change.class})
  void whatIsWrittenCanBeRead(Class<?> type) {
    Set<Class<?>> records = new LinkedHashSet<>();
    collect(ResolvableType.forClass(type), records);
    for (Class<?> each : records) {
      for (RecordComponent component : each.getRecordComponents()) {
        assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(component.getAccessor()))
            .as(component.toString())
            .accepts(hints);
      }
    }
    assertThat(records).contains(type).hasSizeGreaterThan(1);
  }

  private static void collect(ResolvableType type, Set<Class<?>> records) {
    Class<?> raw = type.toClass();
    if (raw.isRecord() && records.add(raw)) {
      for (RecordComponent component : raw.getRecordComponents()) {
        collect(ResolvableType.forType(component.getGenericType()), records);
      }
    }
    for (ResolvableType each : type.getGenerics()) {
      collect(each, records);
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {OrderDesk.Written.class, Seeds.class, Seeds.Of.class, Seeds.Seed.class})
  void whatIsReadCanBeMade(Class<?> type) {
    assertThat(
            RuntimeHintsPredicates.reflection()
                .onConstructorInvocation(type.getDeclaredConstructors()[0]))
        .accepts(hints);
  }
}
