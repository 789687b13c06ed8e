package io.evenkeel.lb.spring;

import java.lang.reflect.RecordComponent;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanUtils;
import org.springframework.util.ReflectionUtils;

/** Looks into groups of settings, which are records of settings and of other groups. */
final class Groups {
  private Groups() {}

  /** What a group has there; null if there is no group. */
  static @Nullable Object value(RecordComponent component, @Nullable Object group) {
    if (group == null) {
      return null;
    }
    ReflectionUtils.makeAccessible(component.getAccessor());
    return ReflectionUtils.invokeMethod(component.getAccessor(), group);
  }

  /** What a group has by this name; null if there is no group. */
  static @Nullable Object value(String name, @Nullable Object group) {
    if (group == null) {
      return null;
    }
    for (RecordComponent component : group.getClass().getRecordComponents()) {
      if (component.getName().equals(name)) {
        return value(component, group);
      }
    }
    throw new NoSuchElementException(group.getClass().getSimpleName() + "." + name);
  }

  /** What the first group says, and where it says nothing what the second one says. */
  static <P extends Record> P merged(Class<P> type, @Nullable P first, @Nullable P second) {
    Object merged = merged(first, second);
    return merged == null ? type.cast(made(type, null, null)) : type.cast(merged);
  }

  private static @Nullable Object merged(@Nullable Object first, @Nullable Object second) {
    if (first instanceof Record && second instanceof Record) {
      return made(first.getClass(), first, second);
    }
    return first != null ? first : second;
  }

  @SuppressWarnings("NullAway") // Spring passes nulls on, and does not say so
  private static Object made(Class<?> type, @Nullable Object first, @Nullable Object second) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    @Nullable Object[] values = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      values[i] = merged(value(components[i], first), value(components[i], second));
    }
    try {
      return BeanUtils.instantiateClass(type.getDeclaredConstructor(types), values);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(type + " is no record", e);
    }
  }
}
