package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.TypeReference;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.test.context.FilteredClassLoader;

class SettingHintsTest {
  private static RuntimeHints hints(ClassLoader loader) {
    RuntimeHints hints = new RuntimeHints();
    new SettingHints().registerHints(hints, loader);
    return hints;
  }

  /**
   * Whatever group is refused, it can be asked what it has set; services are bound without a bean.
   */
  @Test
  void allGroupsOfAServiceCanBeMadeAndRead() {
    RuntimeHints hints = hints(SettingHintsTest.class.getClassLoader());
    Deque<Class<?>> groups = new ArrayDeque<>();
    groups.add(ServiceProperties.class);
    int seen = 0;
    for (Class<?> group = groups.poll(); group != null; group = groups.poll()) {
      seen++;
      assertThat(
              RuntimeHintsPredicates.reflection()
                  .onConstructorInvocation(group.getDeclaredConstructors()[0]))
          .as(group.getName())
          .accepts(hints);
      for (RecordComponent component : group.getRecordComponents()) {
        assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(component.getAccessor()))
            .as(component.toString())
            .accepts(hints);
      }
      Arrays.stream(group.getRecordComponents())
          .map(RecordComponent::getType)
          .filter(Class::isRecord)
          .forEach(groups::add);
    }
    assertThat(seen).isGreaterThan(20);
  }

  @Test
  void lbOkHttpIsFoundWhereItIs() {
    TypeReference probe = TypeReference.of(Judges.HTTP_PROBE);
    assertThat(RuntimeHintsPredicates.reflection().onType(probe))
        .accepts(hints(SettingHintsTest.class.getClassLoader()))
        .rejects(hints(new FilteredClassLoader("io.evenkeel.lb.okhttp")));
  }
}
